"""What is counted: each measure defined once, kept and verified."""
