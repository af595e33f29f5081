"""The public texts: shipped with the product, and written anew by the provider's managers."""
