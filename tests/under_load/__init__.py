"""The migrations of this tree, applied to a database on which an earlier release is at work."""
