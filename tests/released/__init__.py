"""Rows as released versions of the service wrote them, one file a release."""
