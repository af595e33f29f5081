"""Printed documents: what the service puts on paper for families, councils and the tribunal."""
