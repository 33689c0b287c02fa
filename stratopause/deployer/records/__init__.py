"""What was done to a stack: records that are only ever added, each holding the digest of the one before."""
