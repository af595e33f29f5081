"""The API for an authority's own systems: `/api/v1/`, JSON, reads alone."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import closing
from itertools import islice
from typing import Any

from flask import Response, request, url_for

from saas.audit.actions import record as audit
from saas.database import replica
from saas.database.scope import Scope, ScopedSession, scoped
from saas.database.streaming import begun_alongside
from saas.identity.permissions import Permission
from saas.web.access import DoorPages
from saas.web.own_writes import written_in
from saas.web.today import now, today
from tenants.statistics.api.document import (
    API_BREAKDOWNS,
    LAST_PAGE,
    PAGE_SIZE,
    YEAR_FORM,
    document,
)
from tenants.statistics.api.queries import case_page
from tenants.statistics.api.tokens import (
    Allows,
    Presented,
    count_question,
    opened,
    presented,
)
from tenants.statistics.dashboards.sheets import values_in_order
from tenants.statistics.measures import tallies
from tenants.statistics.measures.breakdowns import BREAKDOWNS
from tenants.statistics.measures.definitions import COUNTER
from tenants.statistics.measures.figures import NOTHING, as_json, figures_of_all
from tenants.statistics.measures.periods import UnknownPeriod, calendar_year, period
from tenants.statistics.sen2 import listing as sen2
from tenants.subscribers.queries import tenancy_of_id

pages = DoorPages("api_v1", __name__, door=None, url_prefix="/api/v1")

# Of one key, over all processes that serve.
PER_MINUTE = 120
_YEAR = re.compile(YEAR_FORM)

Answer = Callable[[ScopedSession], dict[str, Any]]


class Refused(Exception):
    """An answer that is no answer: its status and why."""

    def __init__(self, status: int, title: str, detail: str) -> None:
        super().__init__(detail)
        self.status, self.title, self.detail = status, title, detail

    def response(self) -> Response:
        body = {"title": self.title, "status": self.status, "detail": self.detail}
        made = Response(json.dumps(body), self.status, content_type="application/problem+json")
        if self.status == 401:
            made.headers["WWW-Authenticate"] = 'Bearer realm="api"'
        if self.status == 429:
            made.headers["Retry-After"] = "60"
        return made


def _let_in(key: Presented) -> frozenset[Allows]:
    """What the key opens. The question counts whatever becomes of it, so it is counted by itself.

    Raises:
        Refused: the key does not hold, or has asked too often.
    """
    with scoped(Scope.authority(key.tenant, None)) as session:
        found = opened(session, key, today=today())
        number = count_question(session, found.id, at=now()) if found else 0.0
    if found is None:
        raise Refused(401, "No key", "This key is unknown, ended or withdrawn")
    if number > PER_MINUTE:
        raise Refused(429, "Too many questions", f"Ask at most {PER_MINUTE} times a minute")
    return found.allows


def _answer(
    needs: Allows, ask: Answer, *, takes: tuple[str, ...] = (), writes: bool = False
) -> Response:
    """Open the scope of the key's tenant, ask, and answer with an ETag of what is said.

    Args:
        takes: the parameters it may be asked with. A misspelt one is refused: left out, the answer
            would be another year's.
        writes: whether it writes down that it was asked, which no replica does.
    """
    try:
        key = presented(request.headers.get("Authorization"))
        if key is None:
            raise Refused(401, "No key", "Send your key as 'Authorization: Bearer smk_...'")
        if needs not in _let_in(key):
            raise Refused(403, "Not allowed", f"This key does not allow {needs.value}")
        for name in request.args.keys() - set(takes):
            known = " and ".join(takes) or "none"
            raise Refused(422, "Not understood", f"There is no parameter {name[:40]!r}: {known}")
        with scoped(Scope.authority(key.tenant, None)) as session:
            said = (
                ask(session)
                if writes
                else replica.ask(session, lambda: ask(session), written=written_in(key.tenant))
            )
    except Refused as refused:
        return refused.response()
    made = Response(json.dumps(said, ensure_ascii=False), content_type="application/json")
    made.add_etag()
    made.make_conditional(request)
    return made


@pages.page("/openapi.json", permission=Permission.ANYONE)
def openapi() -> Response:
    """What can be asked here, for programs."""
    here = url_for("api_v1.openapi").removesuffix("/openapi.json")
    return Response(json.dumps(document(here)), content_type="application/json")


def _asked_period() -> Any:
    written = request.args.get("year")
    if written is None:
        return calendar_year(today().year)
    try:
        if not _YEAR.fullmatch(written) or not written.isascii():
            raise UnknownPeriod(f"{written!r} is no period")
        return period(written)
    except UnknownPeriod as unknown:
        raise Refused(422, "Not understood", str(unknown)) from None


def _asked_page() -> int:
    written = request.args.get("page", "1")
    if not re.fullmatch(r"[0-9]{1,5}", written) or not 1 <= int(written) <= LAST_PAGE:
        raise Refused(422, "Not understood", f"page is a number from 1 to {LAST_PAGE}")
    return int(written)


def _slug(session: ScopedSession) -> str:
    found = tenancy_of_id(session, session.tenant)
    return found.slug if found else ""


@pages.page("/measures", permission=Permission.ANYONE)
def measures() -> Response:
    """Every measure of a period."""

    def ask(session: ScopedSession) -> dict[str, Any]:
        of = _asked_period()
        found = figures_of_all(session, of, today=today()).get(session.tenant, NOTHING)
        said = as_json(found, authority=_slug(session), year=of.start.year)
        del said["year"]
        return {"authority": said.pop("authority"), "period": of.code, **said}

    return _answer(Allows.STATISTICS, ask, takes=("year",))


@pages.page("/breakdowns/<by>", permission=Permission.ANYONE)
def breakdown(by: str) -> Response:
    """Every counter of a period, broken down."""

    def ask(session: ScopedSession) -> dict[str, Any]:
        if by not in API_BREAKDOWNS:
            raise Refused(404, "Not there", f"Break down by one of {', '.join(API_BREAKDOWNS)}")
        of, chosen = _asked_period(), BREAKDOWNS[by]
        values = tallies.by_value(session, of, chosen, tenant=session.tenant).get(
            session.tenant, {}
        )
        return {
            "authority": _slug(session),
            "period": of.code,
            "by": by,
            "values": [
                {
                    "value": value,
                    "name": chosen.word(value),
                    "counts": {key: values[value].get(key, 0) for key in COUNTER},
                }
                for value in values_in_order(chosen, values)
            ],
        }

    return _answer(Allows.STATISTICS, ask, takes=("year",))


@pages.page("/cases", permission=Permission.ANYONE)
def cases() -> Response:
    """Cases as the authority's officers see them."""

    def ask(session: ScopedSession) -> dict[str, Any]:
        number = _asked_page()
        rows = case_page(session, offset=(number - 1) * PAGE_SIZE, limit=PAGE_SIZE)
        return _page(rows, number)

    return _answer(Allows.CASES, ask, takes=("page",))


@pages.page("/sen2", permission=Permission.ANYONE)
def sen2_list() -> Response:
    """The SEN2 list of a calendar year. Each reading of it is written down."""

    def ask(session: ScopedSession) -> dict[str, Any]:
        written, number = request.args.get("year", str(today().year - 1)), _asked_page()
        if not re.fullmatch(r"[0-9]{4}", written) or not 2014 <= int(written) <= 2099:
            raise Refused(422, "Not understood", "year is a calendar year from 2014 on")
        audit(
            session,
            "SEN2 list exported",
            subject_kind="authority",
            subject_id=session.tenant,
            at=now(),
            year=written,
            by="API key",
        )
        start = (number - 1) * PAGE_SIZE
        with begun_alongside(session) as reading, closing(reading):
            every = sen2.every_row(reading, calendar_year(int(written)))
            rows = list(islice(every, start, start + PAGE_SIZE + 1))
        shown = [
            {
                "upn": row.upn,
                "date_of_birth": row.date_of_birth.isoformat(),
                "your_reference": row.authority_reference,
                "cases": list(row.cases),
                "decision_type": row.decision_type,
                "mediation_held_on": row.held_on.isoformat() if row.held_on else None,
                "appeal_registered_on": row.appeal_on.isoformat() if row.appeal_on else None,
                "flags": list(row.flags),
                "to_fix": row.to_fix,
            }
            for row in rows
        ]
        return _page(shown, number)

    return _answer(Allows.SEN2, ask, takes=("year", "page"), writes=True)


def _page(rows: list[dict[str, Any]], number: int) -> dict[str, Any]:
    return {
        "page": number,
        "size": PAGE_SIZE,
        "more": len(rows) > PAGE_SIZE,
        "items": rows[:PAGE_SIZE],
    }
