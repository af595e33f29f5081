"""A person's meetings in their own calendar: by an address that is theirs, and can be ended."""
