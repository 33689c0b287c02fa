"""Nested templates as one graph. Pure: it reads templates, whoever made them, and calls nobody."""
