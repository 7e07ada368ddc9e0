"""A run's files: written once and published by one rename, read back and checked against their manifest."""
