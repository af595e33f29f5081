"""The law as it is counted: the files beside this one, and what reads and checks them.

A change of the law is a new entry with its own dates and source, never an edit of the old one:
what began under the old rule is still counted by it.
"""
