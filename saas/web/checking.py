"""Ask once more before an act with consequences: what it is, and what follows from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from flask import render_template, request

from saas.database.base import db

# What the two buttons of the page send.
FIELD = "checked"
GO_ON, CHANGE = "go-on", "change"


@dataclass(frozen=True)
class Check:
    """The page that asks.

    Args:
        heading: the question.
        follows: what follows, each in a sentence.
        button: what the button that goes on says.
    """

    heading: str
    follows: Sequence[str]
    button: str


def is_checked() -> bool:
    """Whether the person has seen what follows and goes on."""
    return request.form.get(FIELD) == GO_ON


def wants_change() -> bool:
    """Whether the person goes back to the form, in which what was entered still stands."""
    return request.method == "POST" and request.form.get(FIELD) == CHANGE


def try_out(act: Callable[[], object]) -> None:
    """Do it and undo it: what a rule refuses is refused before anybody is asked about it.

    Raises:
        Exception: whatever the act raises; then too nothing is written.
    """
    with db.session().begin_nested() as point:
        act()
        point.rollback()


def done_or_asked(act: Callable[[], object], check: Callable[[], Check | None]) -> str:
    """Do it once the person has seen what follows from it; until then the page that asks.

    Args:
        check: what is asked; None where nothing has to be.

    Raises:
        Exception: whatever the act raises, before anybody is asked.
    """
    asked = None if is_checked() else check()
    if asked is None:
        act()
        return ""
    try_out(act)
    return check_page(asked)


def check_page(check: Check, read: Mapping[str, str] = MappingProxyType({})) -> str:
    """The page; what was entered travels along in it, and nothing is recorded.

    Args:
        read: what was read of a file, by the field in which it travels on: a file itself cannot.
    """
    entered = [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name not in (FIELD, "csrf_token", *read)
    ]
    entered += read.items()
    return render_template("saas/check.html", check=check, entered=entered, field=FIELD)
