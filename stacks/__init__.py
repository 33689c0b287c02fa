"""The platform's templates: one module per stack, and `platform` that nests them."""
