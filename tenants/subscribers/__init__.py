"""The tenant itself: the authorities that subscribe."""
