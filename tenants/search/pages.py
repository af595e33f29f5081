"""The page of what was found, which every door with cases has.

What is searched for may be a name: it is sent in the body, so that no address holds it.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from saas.audit.actions import record_across
from saas.database.scope import ScopedSession
from saas.web.access import the_person
from saas.web.today import now, today
from tenants.casework.kinds import WORDS
from tenants.search.asked import read
from tenants.search.queries import MOST, Found, search


def search_page(
    session: ScopedSession,
    *,
    href: Callable[[Found], str],
    prefixes: Sequence[str],
    with_authority: bool,
    mediator: uuid.UUID | None = None,
) -> ResponseReturnValue:
    """What was found, or the case itself where it is one alone."""
    asked = read(request.form.get("search", ""), today=today())
    found = search(session, asked, prefixes=prefixes, mediator=mediator)
    if request.method == "POST" and not asked.text:
        return redirect(request.path)
    if asked.text:
        # A reading: what was typed may be a name, and is not kept in the trail.
        record_across("cases searched", person_id=the_person().id, at=now(), found=len(found))
    if len(found) == 1:
        (only,) = found
        if not only.is_open:
            flash(f"Case {only.reference} is closed. It is the one that was found.")
        return redirect(href(only))
    return render_template(
        "tenants/search/found.html",
        asked=asked,
        found=found[:MOST],
        more=len(found) > MOST,
        most=MOST,
        hrefs={one.id: href(one) for one in found},
        with_authority=with_authority,
        today=today(),
        words=WORDS,
    )
