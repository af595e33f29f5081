"""The versions of a text, as managers see them: listed, looked at, and one brought back.

The texts of the whole service and the introductions of areas are kept alike, so they are shown by
the same pages.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from saas.audit.actions import record_across
from saas.database.scope import Scope, ScopedSession, scoped
from saas.web.access import the_person
from saas.web.checking import Check, check_page, is_checked
from saas.web.paging import PAGE_SIZE, paginate, requested_page
from saas.web.today import now
from tenants.front_door.texts.actions import (
    PublishedMeanwhile,
    publish,
    shipped,
    version_of,
    versions_of,
)
from tenants.front_door.texts.markdown import to_html


@dataclass(frozen=True)
class Versioned:
    """A text whose versions are shown.

    Args:
        name: under which it is kept.
        title: what managers call it.
        values: what stands in the place of a name in braces.
        edit: where it is written; `seen_at` is where everyone reads it.
        listed: the list of versions.
        href: the address of one version, and that which brings it back.
    """

    name: str
    title: str
    values: Mapping[str, str]
    edit: str
    seen_at: str
    listed: str
    href: Callable[[int], str]
    restore_href: Callable[[int], str]


def list_page(session: ScopedSession, text: Versioned) -> ResponseReturnValue:
    number = requested_page()
    found = versions_of(session, text.name, offset=(number - 1) * PAGE_SIZE, limit=PAGE_SIZE + 1)
    return render_template(
        "tenants/front_door/manager_versions.html", page=paginate(found, number=number), text=text
    )


def version_page(session: ScopedSession, text: Versioned, version: int) -> ResponseReturnValue:
    found = version_of(session, text.name, version)
    if found is None:
        return _no_such(text)
    return render_template(
        "tenants/front_door/manager_version.html",
        version=found,
        html=to_html(found.markdown or shipped(text.name), text.values),
        text=text,
    )


def restore_page(session: ScopedSession, text: Versioned, version: int) -> ResponseReturnValue:
    """Ask once, then publish the words of an earlier version anew."""
    found = version_of(session, text.name, version)
    if found is None:
        return _no_such(text)
    if request.method == "GET":
        return check_page(
            Check(
                f"Bring version {version} back?",
                (
                    "Everyone reads it again at once.",
                    "What stands there now stays among the versions.",
                ),
                "Bring it back",
            )
        )
    if is_checked() and publish_text(text.name, found.markdown):
        flash(f"{text.title}: version {version} stands again.")
    return redirect(text.listed)


def publish_text(name: str, markdown: str) -> bool:
    """Publish a text as the person signed in; False where somebody else did in that moment."""
    try:
        with scoped(Scope.panel(the_person().id)) as writing:
            number = publish(writing, name, markdown, by=the_person().id, at=now())
    except PublishedMeanwhile:
        return False
    record_across(
        "public text published", person_id=the_person().id, at=now(), text=name, version=number
    )
    return True


def _no_such(text: Versioned) -> ResponseReturnValue:
    flash("There is no such version.", "problem")
    return redirect(text.listed)
