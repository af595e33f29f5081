"""Statistics, cases and the SEN2 list for an authority's own systems, by a key."""
