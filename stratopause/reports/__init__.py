"""What happened, for one reader each: a person at a console so far."""
