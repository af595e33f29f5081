"""The file that answers a person: what is given as JSON and to read, and the documents."""

from __future__ import annotations

import datetime as dt
import io
import json
import uuid
import zipfile
from collections import Counter
from collections.abc import Sequence

from flask import render_template

from saas.documents.storage import Storage
from tenants.protection.answers.items import Item
from tenants.protection.answers.withholding import REASONS


def make_file(items: Sequence[Item], *, authority: str, storage: Storage, on: dt.date) -> bytes:
    """A ZIP of what is given. Names in it are numbers and kinds, never people's.

    What is not given is counted by its reason, so that the person can ask about it.

    Raises:
        saas.documents.storage.StorageError: a document that is given cannot be read.
    """
    given = [item for item in items if item.given]
    files = {
        item.key: f"documents/{number:03d}.{item.extension}"
        for number, item in enumerate((one for one in given if one.storage_key), start=1)
    }
    withheld = Counter(
        (item.kind, REASONS.get(item.withheld or "", "Decided by whoever answered"))
        for item in items
        if not item.given
    )
    told = [
        {
            "case": item.case,
            "kind": item.kind,
            "title": item.title,
            "says": item.says,
            **({"file": files[item.key]} if item.key in files else {}),
        }
        for item in given
    ]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.json", json.dumps(told, default=_plain, indent=2))
        archive.writestr(
            "read-me-first.html",
            render_template(
                "tenants/protection/answer_file.html",
                told=told,
                withheld=sorted(withheld.items()),
                authority_name=authority,
                on=on,
            ),
        )
        for item in given:
            if item.key in files:
                archive.writestr(files[item.key], storage.get(item.storage_key))
    return out.getvalue()


def _plain(value: object) -> str:
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    if isinstance(value, uuid.UUID):
        return str(value)
    raise TypeError(f"nothing that is given holds a {type(value).__name__}")
