"""A file that is sent while it is read: as it was, row by row; one that broke off shows it."""

from __future__ import annotations

import csv
import http.client
import io
import itertools
import logging
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import sqlalchemy as sa
from flask import Flask

from saas.audit.models import PlatformAuditEntry
from saas.config import ROOT
from saas.database.base import db
from saas.database.scope import Scope, ScopedSession, scoped
from saas.database.streaming import begun_alongside
from saas.documents.csv_files import csv_bytes
from saas.identity.permissions import ProviderRole
from saas.web.downloads import BROKEN_OFF, FileBrokenOffError, streamed_csv_file
from tenants.worktrays import tray_pages
from tests.factories import client_of, make_case, make_person, make_tenant
from tests.saas.operations.processes import GUNICORN, START_SECONDS
from tests.saas.test_production import free_port
from tests.saas.web.breaking_off import ROWS

HEAD = ("Number", "Says")
CHILD = "Marigold Unlikely"


def source(closed: list[bool]) -> ScopedSession:
    return cast(ScopedSession, SimpleNamespace(close=lambda: closed.append(True)))


def rows_until(last: int, read: list[int]) -> Iterator[tuple[object, ...]]:
    for number in range(last):
        read.append(number)
        yield number, "=word" * 20


def test_the_first_part_is_sent_before_the_last_row_is_read(app: Flask) -> None:
    read: list[int] = []
    closed: list[bool] = []
    response = streamed_csv_file("x.csv", HEAD, rows_until(5_000, read), reading=source(closed))
    parts = iter(cast(Iterator[bytes], response.response))
    first = next(parts) + next(parts)
    assert 0 < len(read) < 500 and not closed
    whole = first + b"".join(parts)
    assert whole == csv_bytes(HEAD, rows_until(5_000, []))
    assert closed


def test_a_file_that_breaks_off_says_so_and_is_cut(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> Iterator[tuple[object, ...]]:
        yield 1, "one"
        raise ValueError(f"the row says {CHILD}")

    closed: list[bool] = []
    response = streamed_csv_file("x.csv", HEAD, broken(), reading=source(closed))
    sent: list[bytes] = []
    with caplog.at_level(logging.ERROR), pytest.raises(FileBrokenOffError) as fault:
        sent.extend(cast(Iterator[bytes], response.response))
    assert sent[-1].decode().strip() == BROKEN_OFF
    assert "a file broke off (ValueError)" in caplog.text and CHILD not in caplog.text
    assert fault.value.__cause__ is None and fault.value.__context__ is None
    assert closed


def test_who_goes_away_leaves_nothing_open(app: Flask) -> None:
    closed: list[bool] = []
    response = streamed_csv_file("x.csv", HEAD, rows_until(9, []), reading=source(closed))
    response.close()
    assert closed


def test_rows_come_by_a_cursor_of_the_server_and_are_of_one_moment(app: Flask) -> None:
    tenant = make_tenant(app)
    statement = sa.select(sa.func.generate_series(1, 100_000).label("n"))
    count = sa.text("SELECT count(*) FROM sen_case")
    with ScopedSession(db, Scope.provider(tenant.id, None)) as session:
        with begun_alongside(session) as reading:
            before = reading.scalar(count)
            make_case(app, tenant)
            assert reading.scalar(count) == before
            found = reading.stream(statement)
            assert [row.n for row in itertools.islice(found, 3)] == [1, 2, 3]
            (cursors,) = reading.execute(sa.text("SELECT count(*) FROM pg_cursors")).one()
            assert cursors == 1
        reading.close()
        assert session.scalar(count) == before + 1
        with pytest.raises(ValueError, match="of ours"), begun_alongside(session) as another:
            raise ValueError("of ours")
        assert not another.in_transaction()


def test_the_cases_of_every_authority_are_sent_while_they_are_read(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("saas.database.streaming.ROWS_AT_A_TIME", 2)
    monkeypatch.setattr("saas.documents.csv_files.PART", 1)
    tenant = make_tenant(app)
    references = {make_case(app, tenant)[1] for _ in range(9)}
    manager = client_of(app, make_person(app, role=ProviderRole.MANAGER))
    read: list[str] = []
    line = tray_pages._line

    def noted(row: Any) -> tuple[object, ...]:
        read.append(row.reference)
        return line(row)

    monkeypatch.setattr(tray_pages, "_line", noted)
    answer = manager.get(f"/provider/cases.csv?view=all&authority={tenant.slug}", buffered=False)
    assert answer.status_code == 200 and "Content-Length" not in answer.headers
    # It is in the trail before anything is sent, with its number of rows.
    with scoped(Scope.all_cases(None)) as session:
        detail = session.scalars(
            sa.select(PlatformAuditEntry.detail)
            .where(PlatformAuditEntry.action == "cases exported")
            .order_by(PlatformAuditEntry.at.desc(), PlatformAuditEntry.id.desc())
        ).first()
    assert detail is not None and detail["rows"] == 9
    parts = iter(cast(Iterator[bytes], answer.response))
    sent = b"".join(next(parts) for _ in range(3))
    assert 0 < len(read) < 9
    sent += b"".join(parts)
    answer.close()
    lines = list(csv.reader(io.StringIO(sent.decode("utf-8-sig"))))
    assert tuple(lines[0]) == tray_pages.CSV_COLUMNS
    assert {line[0] for line in lines[1:]} == references
    days = [line[6] for line in lines[1:]]
    assert days == sorted(days)


def test_a_browser_does_not_take_what_broke_off_for_the_whole(tmp_path: Path) -> None:
    """Over real HTTP, from the gunicorn of production."""
    port = free_port()
    with (tmp_path / "web.log").open("wb") as into:
        process = subprocess.Popen(
            [*GUNICORN, "--bind", f"127.0.0.1:{port}", "tests.saas.web.breaking_off:app"],
            cwd=ROOT,
            env={**os.environ, "WEB_CONCURRENCY": "1"},
            stdout=into,
            stderr=subprocess.STDOUT,
        )
    try:
        whole, is_whole = taken(port, ROWS + 1)
        assert is_whole and BROKEN_OFF not in whole
        part, is_whole = taken(port, ROWS - 10)
        assert not is_whole and part.endswith(f"{BROKEN_OFF}\r\n") and len(part) < len(whole)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(START_SECONDS)
    # The fault's own text is in no log.
    assert "the database is gone" not in (tmp_path / "web.log").read_text()


def taken(port: int, last: int) -> tuple[str, bool]:
    """What a browser got of the file, and whether it takes it for the whole."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=START_SECONDS)
        try:
            connection.request("GET", f"/{last}")
            answer = connection.getresponse()
            break
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.2)
    try:
        return answer.read().decode("utf-8-sig"), True
    except http.client.IncompleteRead as broken:
        return broken.partial.decode("utf-8-sig"), False
    finally:
        connection.close()
