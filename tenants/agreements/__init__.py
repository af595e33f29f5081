"""What the parties agree: written, sent out, signed by all, and its steps followed."""
