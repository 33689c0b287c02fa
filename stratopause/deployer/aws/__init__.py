"""What a deployment needs of AWS, service by service, over the one seam `api.Api`. Only `boto` imports boto3."""
