"""The worker's round: address what happened, send what waits, remind of what is due."""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections import Counter

import sqlalchemy as sa
from flask import Flask, current_app

from saas.config import Settings
from saas.database.scope import Scope, scoped
from saas.documents.storage import StorageError, open_storage
from saas.messages.mail import Sender
from saas.messages.outbox import send_due
from saas.messages.transport import open_transport
from saas.reference.today import LONDON
from tenants.access_links.by_email import emailed_links
from tenants.access_links.requests import answer_requests
from tenants.notices.addressing import House, LinkTo, address_due
from tenants.notices.reminders import remind_certificates, remind_steps
from tenants.notices.topics import Reader
from tenants.papers.uploads import Store, remove_orphans, scan_again
from tenants.subscribers.models import Subscriber

log = logging.getLogger(__name__)


def the_sender(settings: Settings) -> Sender:
    return Sender(
        settings.provider_name,
        settings.sender,
        settings.provider_telephone,
        settings.mail_bounces,
    )


def link_builder(app: Flask) -> LinkTo:
    """How a notice links to a case. A personal link is made as its message leaves."""
    settings: Settings = app.extensions["settings"]
    base = settings.public_url.rstrip("/") or f"http://127.0.0.1:{settings.port}"
    urls = app.url_map.bind("")

    def link_to(reader: Reader, slug: str, case_id: uuid.UUID) -> str | None:
        if reader in (Reader.FAMILY, Reader.SIGNER):
            return None
        if reader is Reader.AUTHORITY:
            path = urls.build("authority_cases.case", {"case_id": case_id})
        else:
            path = urls.build("provider_cases.case", {"authority": slug, "case_id": case_id})
        return base + path

    return link_to


def the_store(settings: Settings) -> Store:
    must = settings.is_production or bool(settings.clamd_url)
    return Store(open_storage(settings), settings.clamd_url, must)


def every_tenant() -> list[tuple[uuid.UUID, str]]:
    """Every authority that subscribes or did: its id and its short name."""
    with scoped(Scope.jobs()) as session:
        rows = session.execute(sa.select(Subscriber.id, Subscriber.slug).order_by(Subscriber.slug))
        return [(row.id, row.slug) for row in rows]


def post_notices(*, at: dt.datetime) -> Counter[str]:
    """Answer who asked for a link, then address and send for every authority.

    Returns what became of the messages, by state.

    A fault with one authority's messages is logged, and raised when the others' are done.
    """
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    settings: Settings = app.extensions["settings"]
    transport = open_transport(settings)
    sender = the_sender(settings)
    link_to = link_builder(app)
    links = emailed_links(app)
    answer_requests(at=at)
    became: Counter[str] = Counter()
    faults: list[Exception] = []
    for tenant, slug in every_tenant():
        try:
            address_due(tenant, House(slug, sender, link_to), at=at)
            became += send_due(tenant, transport, sender, links, at=at)
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
    return written


def scan_waiting_documents(*, at: dt.datetime) -> int:
    """Scan what could not be scanned when it was uploaded. Returns how many are known now."""
    store = the_store(current_app.extensions["settings"])
    if not store.scanner:
        return 0
    known = 0
    for tenant, slug in every_tenant():
        try:
            known += scan_again(tenant, store=store, at=at)
        except StorageError:
            log.exception("the documents of authority %s are not scanned", slug)
    return known


def remove_undone_uploads(*, at: dt.datetime) -> int:
    """Remove files whose upload was undone, for every authority. Returns how many."""
    store = the_store(current_app.extensions["settings"])
    removed = 0
    for tenant, slug in every_tenant():
        try:
            removed += remove_orphans(tenant, storage=store.storage, at=at)
        except StorageError:
            log.exception("the files of authority %s are not tidied", slug)
    return removed
