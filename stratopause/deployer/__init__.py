"""From rendered templates to a running stack: planned, reviewed, approved, executed, followed.

`begin` joins a `Target` with its account; then `deployment.deploy`, `deployment.collect`, `destruction.destroy`
and `inspection.status` do what the commands are named after. Only `aws` imports boto3.
"""
