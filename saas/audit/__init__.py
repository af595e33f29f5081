"""Who did, saw and took away what."""
