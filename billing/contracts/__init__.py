"""Contracts, their dated terms and the purchase orders that pay for them."""
