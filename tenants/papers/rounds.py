"""The worker's rounds over the files of papers: scanned again, tidied."""

from __future__ import annotations

import datetime as dt
import logging

from flask import current_app

from saas.config import Settings
from saas.documents.storage import StorageError, open_storage
from tenants.papers.uploads import Store, remove_orphans, scan_again
from tenants.subscribers.queries import every_tenant

log = logging.getLogger(__name__)


def the_store(settings: Settings) -> Store:
    must = settings.is_production or bool(settings.clamd_url)
    return Store(open_storage(settings), settings.clamd_url, must)


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
