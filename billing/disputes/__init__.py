"""What an authority disputes, and the answer."""
