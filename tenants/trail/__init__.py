"""Who did, saw and took away what: the trail, as its readers see it."""
