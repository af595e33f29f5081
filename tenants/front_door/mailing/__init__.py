"""The provider's news by e-mail: on the list is who said so twice, and one press leaves it."""
