"""The ways out of every status that needs one."""
