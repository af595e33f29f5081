"""What the provider's coordinators, advisers and mediators see and do in a case."""
