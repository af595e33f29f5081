"""What the worker and the operator ran, and how it went."""
