"""Facilitation: an independent person arranges and chairs a meeting, and writes down who does what.

It gives no certificate and stops no clock.
"""
