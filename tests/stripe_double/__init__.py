"""A Stripe of our own: stateful, over real HTTP, in a process of its own, strict and unreliable.

It takes the parameters that the installed `stripe` package knows and refuses every other; it stores
its answers under their idempotency keys and gives them again, errors of its own included; it signs
its events; and it fails, hangs and repeats itself as often as it is told to.
"""
