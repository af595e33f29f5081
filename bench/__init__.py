"""Measurements of the service, each beside what it is compared with."""
