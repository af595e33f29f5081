"""The page for whoever would write in a case that is restricted: the database refused it."""

from __future__ import annotations

from flask import Flask
from werkzeug.exceptions import Conflict

# What the trigger `restricted_case_stays` says; a class of our own, which PostgreSQL uses for none.
RESTRICTED = "RE018"


def init_restrictions(app: Flask) -> None:
    """Answer what a restriction refuses by a page that says so (409), and not as a fault."""
    app.extensions["database_refusals"][RESTRICTED] = Conflict
