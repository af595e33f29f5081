"""The family's own door: one case, by a personal link, on a telephone first."""
