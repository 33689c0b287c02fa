"""Lint: cfn-lint's rules on each template and ours on the whole tree, each thing looked at once."""
