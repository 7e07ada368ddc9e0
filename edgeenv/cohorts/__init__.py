"""Which stored runs may be compared with which: the index groups them, a policy judges the groups."""
