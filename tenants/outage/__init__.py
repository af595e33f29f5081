"""What a provider works with in an hour without the service: on paper, and entered afterwards."""
