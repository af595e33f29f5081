"""What participants said, shown to everyone with their consent and without their names."""
