"""Files as spreadsheets save them are read, and others refused."""

from __future__ import annotations

import datetime as dt
import itertools
import re
import zipfile
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from openpyxl import Workbook

from saas.database.scope import Scope, scoped
from saas.identity.signed_in import Tenancy
from tenants.casework.models import Child, SenCase
from tenants.imports import sheets
from tests.tenants.imports.test_import import OPEN, csv_of, run


@pytest.mark.parametrize(
    ("delimiter", "coding"), [(";", "utf-8-sig"), (",", "cp1252"), (",", "utf-8-sig")]
)
def test_csv_as_excel_saves_it_is_read(
    app: Flask, tenant: Tenancy, tmp_path: Path, delimiter: str, coding: str
) -> None:
    row = {**OPEN, "child_given_name": "Zoë"}
    path = csv_of(tmp_path / "a.csv", row, delimiter=delimiter, coding=coding)
    assert run(app, tenant, path).exit_code == 0
    with scoped(Scope.provider(tenant.id, None)) as session:
        assert session.scalars(sa.select(Child.given_name)).one() == "Zoë"


def test_a_workbook_with_real_dates_and_numbers_is_read(
    app: Flask, tenant: Tenancy, tmp_path: Path
) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    row = {
        **OPEN,
        "date_of_birth": dt.datetime(2017, 1, 31),
        "referral_date": dt.date(2026, 3, 20),
        "external_reference": 4711,
        "authority_reference": 12345.0,
        "health_issue": True,
    }
    sheet.append(["Child Given Name" if name == "child_given_name" else name for name in row])
    sheet.append(list(row.values()))
    sheet.append([None] * len(row))
    path = tmp_path / "a.xlsx"
    book.save(path)
    done = run(app, tenant, path)
    assert (done.exit_code, done.output) == (
        0,
        "1 row of the sheet 'Sheet': 1 new, 0 already there.\n",
    )
    with scoped(Scope.provider(tenant.id, None)) as session:
        case = session.scalars(sa.select(SenCase)).one()
        assert (case.external_reference, case.authority_reference) == ("4711", "12345")
        assert case.health_issue and case.opened_on == dt.date(2026, 3, 20)
    assert run(app, tenant, path).output == "1 row of the sheet 'Sheet': 0 new, 1 already there.\n"


def test_a_formula_without_a_stored_value_is_not_taken_for_a_blank_cell(
    app: Flask, tenant: Tenancy, tmp_path: Path
) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append([*OPEN, "mias_date"])
    sheet.append([*OPEN.values(), "=TODAY()"])
    book.save(tmp_path / "a.xlsx")
    refused = run(app, tenant, tmp_path / "a.xlsx")
    assert "Row 2, mias_date: The formula has no stored value" in refused.output


def three_rows(path: Path, *, before: bool = False) -> None:
    """Three cases on a sheet of their own, behind a hidden one where `before` is true."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    if before:
        sheet.title, sheet.sheet_state = "Lists", "hidden"
        sheet.append(["family", "authority"])
        sheet = book.create_sheet("Cases")
        book.create_sheet("Notes").append(["Ask Olu"])
    sheet.append(list(OPEN))
    for number in range(3):
        row = {**OPEN, "external_reference": f"R{number}", "child_given_name": f"Ada{number}"}
        sheet.append(list(row.values()))
        sheet.append([" "])
    book.save(path)


def test_a_workbook_whose_stored_extent_is_too_small_is_read_whole(
    app: Flask, tenant: Tenancy, tmp_path: Path
) -> None:
    three_rows(tmp_path / "whole.xlsx")
    with (
        zipfile.ZipFile(tmp_path / "whole.xlsx") as whole,
        zipfile.ZipFile(tmp_path / "a.xlsx", "w") as cut,
    ):
        for name in whole.namelist():
            part = whole.read(name)
            if name == "xl/worksheets/sheet1.xml":
                part, times = re.subn(rb'<dimension ref="[^"]+"', b'<dimension ref="A1:B2"', part)
                assert times == 1
            cut.writestr(name, part)
    done = run(app, tenant, tmp_path / "a.xlsx")
    assert done.output == "3 rows of the sheet 'Sheet': 3 new, 0 already there.\n"


def test_a_hidden_sheet_is_passed_over_and_the_ones_that_are_not_read_are_named(
    app: Flask, tenant: Tenancy, tmp_path: Path
) -> None:
    three_rows(tmp_path / "a.xlsx", before=True)
    done = run(app, tenant, tmp_path / "a.xlsx")
    assert done.output == (
        "3 rows of the sheet 'Cases': 3 new, 0 already there; not read: 'Notes'.\n"
    )


def test_rows_that_the_reader_does_not_give_are_missed(
    app: Flask, tenant: Tenancy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    three_rows(tmp_path / "a.xlsx")
    real = sheets._workbook
    monkeypatch.setattr(sheets, "_workbook", lambda *pages: itertools.islice(real(*pages), 2))
    refused = run(app, tenant, tmp_path / "a.xlsx")
    assert refused.exit_code == 1
    assert "holds 3 rows below its columns, and 1 could be read" in refused.output


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.xlsx", b"not a workbook", "cannot be opened"),
        ("a.csv", b"", "The file is empty"),
        ("a.csv", "external_reference".encode("utf-16"), "save it as 'CSV UTF-8'"),
    ],
)
def test_a_file_of_another_kind_is_refused_with_what_would_be_right(
    app: Flask, tenant: Tenancy, tmp_path: Path, name: str, content: bytes, says: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    refused = run(app, tenant, path)
    assert refused.exit_code == 1 and says in refused.output
    assert "Traceback" not in refused.output
