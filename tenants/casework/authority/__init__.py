"""What an authority sees and does in its own cases."""
