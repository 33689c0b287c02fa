"""What a change set means to whoever approves it: what is lost, opened, replaced, and what only seems to change."""
