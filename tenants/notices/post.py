"""The worker's round: address what happened, send what waits, remind of what is due."""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections import Counter
from collections.abc import Callable
from typing import Protocol

from flask import Flask, current_app

from saas.config import Settings
from saas.database.scope import Scope, scoped
from saas.messages.mail import Sender
from saas.messages.outbox import PersonalLinks, send_due
from saas.messages.texts import open_texts
from saas.messages.transport import open_transport
from saas.reference.today import LONDON
from tenants.notices.addressing import BY_LINK, House, LinkTo, address_due
from tenants.notices.reminders import remind_certificates, remind_steps, remind_tasks
from tenants.notices.telling import FamilysWays
from tenants.notices.topics import Reader
from tenants.notices.undelivered import follow_texts
from tenants.subscribers.queries import every_tenant

log = logging.getLogger(__name__)


def the_sender(settings: Settings) -> Sender:
    return Sender(
        settings.provider_name,
        settings.sender,
        settings.provider_telephone,
        settings.mail_bounces,
    )


class _AnswersRequests(Protocol):
    def __call__(self, *, at: dt.datetime) -> object: ...


def _no_links(_app: Flask) -> PersonalLinks:
    raise RuntimeError("nobody said who makes the links of messages: see `make_links_by`")


_links_maker: Callable[[Flask], PersonalLinks] = _no_links
_answers_first: list[_AnswersRequests] = []


def make_links_by(maker: Callable[[Flask], PersonalLinks], answer: _AnswersRequests) -> None:
    """Say who makes the links that messages carry, and who answers those who asked for one.

    Links know notices, not the other way round, so the assembly says it (`saas.listeners`).
    """
    global _links_maker
    _links_maker = maker
    if answer not in _answers_first:
        _answers_first.append(answer)


def link_builder(app: Flask) -> LinkTo:
    """How a notice links to a case. A personal link is made as its message leaves."""
    settings: Settings = app.extensions["settings"]
    base = settings.public_url.rstrip("/") or f"http://127.0.0.1:{settings.port}"
    urls = app.url_map.bind("")

    def link_to(reader: Reader, slug: str, case_id: uuid.UUID) -> str | None:
        if reader in BY_LINK:
            return None
        if reader is Reader.AUTHORITY:
            path = urls.build("authority_cases.case", {"case_id": case_id})
        else:
            path = urls.build("provider_cases.case", {"authority": slug, "case_id": case_id})
        return base + path

    return link_to


def post_notices(*, at: dt.datetime) -> Counter[str]:
    """Answer who asked for a link, then address and send for every authority.

    Returns what became of the messages, by state.

    A fault with one authority's messages is logged, and raised when the others' are done.
    """
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    settings: Settings = app.extensions["settings"]
    transport, texts = open_transport(settings), open_texts(settings)
    sender = the_sender(settings)
    link_to = link_builder(app)
    for answer in _answers_first:
        answer(at=at)
    links = _links_maker(app)
    became: Counter[str] = Counter()
    faults: list[Exception] = []
    for tenant, slug in every_tenant():
        try:
            address_due(tenant, House(slug, sender, link_to), at=at)
            became += send_due(
                tenant, transport, sender, links, at=at, texts=texts, other_ways=FamilysWays()
            )
            if texts is not None:
                became += follow_texts(tenant, texts, at=at)
        except Exception as fault:
            # One authority's trouble must not keep the others' notices waiting.
            log.exception("the notices of authority %s are not all sent", slug)
            faults.append(fault)
    if faults:
        raise faults[0]
    return became


def write_reminders(*, at: dt.datetime) -> int:
    """Write the day's reminders for every authority. Returns how many are new."""
    today = at.astimezone(LONDON).date()
    written = 0
    for tenant, _ in every_tenant():
        with scoped(Scope.worker(tenant)) as session:
            written += remind_steps(session, today=today, at=at)
            written += remind_certificates(session, today=today, at=at)
            written += remind_tasks(session, today=today, at=at)
    return written
