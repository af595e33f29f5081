"""The platform: what every authority and every page shares."""
