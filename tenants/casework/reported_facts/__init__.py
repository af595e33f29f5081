"""Facts that a party recorded through its own door and that are not yet taken in."""
