"""What is taken away as a file is sent row by row, whatever grows with the cases, people or years.

A new export has to be named below: as sent while it is read, or as small, with why.
"""

from __future__ import annotations

import re
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, cast

import openpyxl
import psycopg
import pytest
from flask import Flask

from saas.config import ROOT
from saas.database.embedded import ServerAddress
from saas.identity.permissions import AuthorityRole, ProviderRole
from saas.web.downloads import made_file
from tenants.statistics.measures.exports import Sheet, xlsx_file
from tests.factories import NOW, client_of, make_person, make_tenant
from tests.page_client import PageClient
from tests.tenants.statistics.caseload import hold_mediation

MANY = 10_000
# Far less than as many rows take up, and more than a part and a batch of rows do.
MOST_BYTES = 2_500_000

SENT_WHILE_READ = {
    "authority_cases.tray_as_file": "/authority/cases.csv?view=all",
    "authority_cases.todo_as_file": "/authority/to-do.csv",
    "authority_statistics.sen2_file": "/authority/statistics/sen2.csv?year=2025",
    "authority_trail.export": "/authority/trail/export",
    "provider_cases.tray_as_file": "/provider/cases.csv?view=all",
    "manager_front_door.export": "/manager/public-pages/mailing-list/export",
    "finance_billing.export": "/finance/reports/sage.csv?period=2025-26",
    "finance_billing.export_receipts": "/finance/reports/xero-receipts.csv?period=2025-26",
}
COUNTS = "counts: a row a measure, a value of a breakdown or a borough"
SMALL = {
    "authority_statistics.chart_table": COUNTS,
    "authority_statistics.breakdown_table": COUNTS,
    "authority_statistics.figures_table": COUNTS,
    "authority_statistics.figures_workbook": COUNTS,
    "manager_dashboard.measure_table": COUNTS,
    "manager_dashboard.borough_table": COUNTS,
    "manager_dashboard.overview_file": COUNTS,
    "manager_shared.overview": COUNTS,
    "manager_shared.measure": COUNTS,
    "authority_packs.pack_file": COUNTS,
    "manager_packs.pack_file": COUNTS,
    "authority_team.export": "a row a person with access",
    "manager_people.export": "a row a person with access",
    "authority_protection.own_processing_file": "the records of processing, which ship with us",
    "manager_protection.processing_file": "the records of processing, which ship with us",
    "authority_standing.own_exports": "a page",
    "manager_exports.exports": "a page",
    "authority_standing.own_export": "a file that the worker wrote, sent in pieces",
    "manager_exports.take": "a file that the worker wrote, sent in pieces",
    "provider_protection.subject_file": "what is held of one person",
}
# Who makes something whole in memory, and of what.
WHOLE = {
    "billing/credits/doors.py": "one credit note",
    "billing/invoices/downloads.py": "one invoice",
    "billing/payments/bank_files.py": "an uploaded file, as large as one may be",
    "billing/payments/layouts.py": "the template of a bank's file",
    "saas/documents/letter.py": "a picture in a letter",
    "saas/documents/media.py": "an uploaded file",
    "saas/documents/csv_files.py": "a part",
    "saas/database/migrate.py": "the migrations' SQL",
    "saas/operations/backup.py": "the manifest of a backup",
    "saas/sign_in/account_security.py": "a picture of a code",
    "saas/web/languages.py": "a catalogue",
    "tenants/agreements/download.py": "one agreement",
    "tenants/certificates/download.py": "one certificate",
    "tenants/imports/sheets.py": "an uploaded file, as large as one may be",
    "tenants/notices/letters.py": "one letter",
    "tenants/outage/provider.py": "one paper",
    "tenants/papers/pages.py": "one document of a case",
    "tenants/tenure/export/parcel.py": "each row, or the text around a file's rows",
    "tenants/protection/answers/file.py": "what is held of one person",
}
FILES = re.compile(r"csv|xlsx|exports?$|\.zip$")


def test_every_export_is_known(app: Flask) -> None:
    found = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and FILES.search(rule.rule)
    }
    assert found == {*SENT_WHILE_READ, *SMALL}


def test_nothing_else_is_made_in_memory() -> None:
    makes = re.compile(r"\b(BytesIO|StringIO|SpooledTemporaryFile)\(")
    found = {
        str(path.relative_to(ROOT))
        for floor in ("saas", "tenants", "billing")
        for path in (Path(ROOT) / floor).rglob("*.py")
        if makes.search(path.read_text())
    }
    assert found == set(WHOLE)


def clients_of(app: Flask) -> dict[str, PageClient]:
    tenant = make_tenant(app)
    return {
        "authority": client_of(app, make_person(app, tenant=tenant, role=AuthorityRole.MANAGER)),
        "provider": client_of(app, make_person(app, role=ProviderRole.MANAGER)),
        "manager": client_of(app, make_person(app, role=ProviderRole.MANAGER)),
        "finance": client_of(app, make_person(app, role=ProviderRole.FINANCE)),
    }


def test_they_are_sent_while_they_are_read(app: Flask) -> None:
    clients = clients_of(app)
    for path in (*SENT_WHILE_READ.values(), "/authority/trail/export?show=sign-ins"):
        answer = clients[path.split("/")[1]].get(path, buffered=False)
        assert answer.status_code == 200, path
        assert answer.is_streamed and "Content-Length" not in answer.headers, path
        answer.close()


def peak_of(work: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def lines_of(client: PageClient, path: str) -> int:
    """How many lines an answer has, of which none is kept."""
    answer = client.get(path, buffered=False)
    assert answer.status_code == 200
    number = sum(part.count(b"\n") for part in cast(Iterator[bytes], answer.response))
    answer.close()
    return number


@pytest.fixture
def admin(server: ServerAddress, fresh_app: Flask) -> Iterator[psycopg.Connection]:
    """A superuser, whom no trigger keeps from writing many rows at once."""
    name = str(fresh_app.extensions["settings"].database_url.get_secret_value()).rsplit("/", 1)[1]
    with psycopg.connect(server.url(name.split("?")[0]), autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        yield connection


def test_a_long_mailing_list_takes_no_more_memory(
    fresh_app: Flask, admin: psycopg.Connection
) -> None:
    admin.execute(
        """INSERT INTO mailing_address (id, email, source_key, asked_at, times_asked, confirmed_at,
                                        failure)
           SELECT gen_random_uuid(), 'reader' || n || '@family.example', '', now(), 1, now(), ''
           FROM generate_series(1, %s) n""",
        [MANY],
    )
    client = client_of(fresh_app, make_person(fresh_app, role=ProviderRole.MANAGER))
    path = "/manager/public-pages/mailing-list/export"
    found: list[int] = []
    peak = peak_of(lambda: found.append(lines_of(client, path)))
    assert found == [MANY + 1] and peak < MOST_BYTES, peak


def test_a_long_list_of_sign_ins_is_whole_and_takes_no_more_memory(
    fresh_app: Flask, admin: psycopg.Connection
) -> None:
    tenant = make_tenant(fresh_app)
    person = make_person(fresh_app, tenant=tenant, role=AuthorityRole.MANAGER)
    client = client_of(fresh_app, person)
    admin.execute(
        """INSERT INTO platform_audit_entry
           SELECT (jsonb_populate_record(NULL::platform_audit_entry, jsonb_build_object(
               'id', gen_random_uuid(), 'at', now(), 'person_id', %s::text, 'action', 'signed in',
               'subject_kind', 'person', 'subject_id', %s::text, 'door', 'identity',
               'detail', '{}'::jsonb))).*
           FROM generate_series(1, %s)""",
        [str(person.id), str(person.id), MANY + 1],
    )
    found: list[int] = []
    path = "/authority/trail/export?show=sign-ins"
    peak = peak_of(lambda: found.append(lines_of(client, path)))
    assert found[0] >= MANY + 2 and peak < MOST_BYTES, peak


def test_a_long_sen2_list_takes_no_more_memory_as_either_file(
    fresh_app: Flask, admin: psycopg.Connection
) -> None:
    tenant = make_tenant(fresh_app)
    case_id = hold_mediation(fresh_app, tenant, held=NOW.date(), decision_type="RTA")
    for number, (table, names) in enumerate(
        {
            "child": ("id",),
            "sen_case": ("id", "child_id", "reference"),
            "case_position": ("case_id",),
        }.items()
    ):
        made = {
            "id": f"md5('{'child' if not number else 'case'}' || n)",
            "case_id": "md5('case' || n)",
            "child_id": "md5('child' || n)",
            "reference": "reference || '/' || n",
        }
        changed = ", ".join(f"'{name}', {made[name]}" for name in names)
        admin.execute(
            f"""INSERT INTO {table}
                SELECT (jsonb_populate_record(t, jsonb_build_object({changed}))).*
                FROM {table} t, generate_series(1, %s) n""",
            [MANY],
        )
    assert case_id
    client = client_of(fresh_app, make_person(fresh_app, tenant=tenant, role=AuthorityRole.MANAGER))
    path = f"/authority/statistics/sen2.csv?year={NOW.year}"
    client.get(path)
    found: list[int] = []
    peak = peak_of(lambda: found.append(lines_of(client, path)))
    assert found == [MANY + 2] and peak < MOST_BYTES, peak
    path = path.replace("csv", "xlsx")
    peak = peak_of(lambda: lines_of(client, path))
    assert peak < MOST_BYTES, peak


def rows_until(last: int) -> Iterator[tuple[str, int]]:
    for number in range(MANY):
        if number == last:
            raise ValueError("the database is gone")
        yield f"=row {number}", number


def test_a_workbook_is_written_row_by_row_and_holds_what_it_is_given() -> None:
    made: list[IO[bytes]] = []

    def write() -> None:
        sheet = Sheet("Long", "A long table", ("Word", "Number"), rows_until(MANY))
        made.append(xlsx_file([sheet], made_at=NOW))

    peak = peak_of(write)
    assert peak < MOST_BYTES, peak
    with made[0] as file:
        page = openpyxl.load_workbook(file, read_only=True)["Long"]
        rows = list(page.iter_rows(min_row=3, values_only=True))
        assert rows[0] == ("Word", "Number") and rows[-1] == (f"=row {MANY - 1}", MANY - 1)
        assert len(rows) == MANY + 1


def test_a_workbook_that_breaks_off_is_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    sheet = Sheet("Long", "A long table", ("Word", "Number"), rows_until(700))
    with pytest.raises(ValueError, match="gone"):
        xlsx_file([sheet], made_at=NOW)
    assert list(tmp_path.iterdir()) == []


def test_a_file_on_disk_tells_its_length_and_is_closed_at_the_end(
    app: Flask, tmp_path: Path
) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"word" * 100_000)
    with app.test_request_context():
        file = path.open("rb")
        response = made_file("x.xlsx", "application/x", file)
        assert response.content_length == 400_000 and response.is_streamed
        assert b"".join(cast(Iterator[bytes], response.response)) == path.read_bytes()
        response.close()
        assert file.closed
