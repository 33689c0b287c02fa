"""What keeps a stack and its data from being deleted: termination protection, stack policies and their override."""
