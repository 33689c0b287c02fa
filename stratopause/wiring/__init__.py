"""Stacks whose wires are typed: a wrong name or a wrong kind can't be rendered."""
