"""What every page shares: its frame, components, errors, headers and static files."""
