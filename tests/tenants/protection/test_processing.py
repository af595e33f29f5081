"""Issue 13: the records of processing are whole, and can be read and taken away."""

from __future__ import annotations

import csv
import io
from collections import Counter

import pytest
from flask import Flask

from saas.database.base import declared_walls
from saas.identity.permissions import AuthorityRole, ProviderRole
from tenants.protection.processing import HEAD, RECORDS
from tests.factories import client_of, make_person, make_tenant


def test_every_table_of_an_authority_belongs_to_exactly_one_processing() -> None:
    held = {name for name, wall in declared_walls().items() if wall.tenant_column is not None}
    named = Counter(table for one in RECORDS for table in one.tables)
    assert set(named) == held
    assert [table for table, times in named.items() if times > 1] == []


def test_no_record_leaves_anything_open() -> None:
    for one in RECORDS:
        assert all(part.strip() for part in one.row), one.name
        assert "article 6" in one.basis.lower(), one.name


@pytest.mark.parametrize("role", [ProviderRole.MANAGER, ProviderRole.ADMIN, ProviderRole.AUDITOR])
def test_the_provider_reads_them_and_takes_them_away(app: Flask, role: ProviderRole) -> None:
    someone = client_of(app, make_person(app, role=role))
    assert someone.get("/manager/data-protection").status_code == 200
    page = someone.get("/manager/processing")
    assert all(one.name in page.text for one in RECORDS)
    _is_the_file(someone.get("/manager/processing.csv").data)


def test_the_authority_reads_the_same(app: Flask) -> None:
    tenant = make_tenant(app)
    for role in (AuthorityRole.MANAGER, AuthorityRole.AUDITOR):
        someone = client_of(app, make_person(app, tenant=tenant, role=role))
        assert someone.get("/authority/data-protection").status_code == 200
        assert "Lawful basis" in someone.get("/authority/data-protection/processing").text
        _is_the_file(someone.get("/authority/data-protection/processing.csv").data)
    officer = client_of(app, make_person(app, tenant=tenant, role=AuthorityRole.OFFICER))
    assert officer.get("/authority/data-protection").status_code == 403


def _is_the_file(content: bytes) -> None:
    lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert lines[0] == list(HEAD)
    assert [line[0] for line in lines[1:]] == [one.name for one in RECORDS]
