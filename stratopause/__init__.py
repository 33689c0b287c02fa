"""Typed wiring, rendering, checking and deployment of nested CloudFormation stacks."""

__version__ = "0.1.0"
