"""Templates as bytes: rendered, held to CloudFormation's limits, written whole or not at all."""
