"""What an authority must do in its cases: derived from their facts, listed over all of them."""
