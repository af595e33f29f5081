"""Issue 15: an authority takes all its data along: whole, described, checked, and walled."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from flask import Flask

import saas.tables
from saas.config import Settings
from saas.database.base import Base, declared_walls
from saas.database.embedded import ServerAddress
from saas.database.scope import LoginRole, Scope, scoped
from saas.database.watched import HIDDEN
from saas.documents.storage import open_storage
from saas.identity.permissions import AuthorityRole, ProviderRole
from tenants.tenure.export.asking import ask_export
from tenants.tenure.export.described import described
from tenants.tenure.export.rounds import make_exports_asked_for
from tenants.tenure.export.verifying import verify
from tenants.tenure.export.writing import LEFT_OUT, parts, write_export
from tenants.tenure.models import AuthorityExport
from tests.factories import NOW, TODAY, client_of, make_person
from tests.tenants.tenure.making import suspend
from tests.walls.places import Place, make_place

assert saas.tables.Base is Base


@pytest.fixture(scope="module")
def place(shared_app: Flask, server: ServerAddress, settings: Settings) -> Iterator[Place]:
    """An authority with a marked row in every table, and files."""
    name = sa.make_url(settings.database_url.get_secret_value()).database
    with shared_app.app_context(), psycopg.connect(server.url(name or "")) as admin:
        mediator = make_person(shared_app, role=ProviderRole.MEDIATOR)
        yield make_place(shared_app, admin, "x", mediator)


def silent(**_done: int) -> None:
    pass


def written(app: Flask, place: Place, path: Path, *, whole: bool) -> zipfile.ZipFile:
    settings = app.extensions["settings"]
    write_export(
        path, place.tenancy, whole=whole, provider="The provider", storage=open_storage(settings),
        at=NOW, say=silent,
    )  # fmt: skip
    return zipfile.ZipFile(path)


def text_of(file: zipfile.ZipFile) -> str:
    return "\n".join(
        file.read(name).decode("utf-8", "replace")
        for name in file.namelist()
        if name.startswith(("json/", "csv/"))
    )


def test_the_authoritys_copy_holds_what_it_may_read_and_nothing_else(
    app: Flask, place: Place, tmp_path: Path
) -> None:
    """Every text of every table is marked: those that the wall hides are in no file."""
    file = written(app, place, tmp_path / "export.zip", whole=False)
    found = place.marks.places(place.marks.found_in(text_of(file)))
    assert {"sen_case", "child", "case_note", "invoice", "case_document"} <= {p[0] for p in found}
    walls = declared_walls()
    for table, column, audience in found:
        if table == "person":
            continue
        grant = walls[table].grants[LoginRole.AUTHORITY]
        assert column in grant.select or grant.select == ("*",), (table, column)
        assert audience in ("", "authority", "parties"), (table, audience)
    assert not {"message", "family_link", "agreement_draft", "complaint"} & {p[0] for p in found}
    assert any(name.startswith("files/certificate/") for name in file.namelist())
    assert any(name.startswith("files/agreement/") for name in file.namelist())
    assert any(name.startswith("files/case_document/") for name in file.namelist())
    assert any(name.startswith("files/invoice_document/") for name in file.namelist())
    words = file.read("README.md").decode()
    assert "what a family told the adviser in confidence" in words
    assert place.tenancy.name in words and "### sen_case" in words


def test_the_whole_copy_holds_every_table_and_no_secret(
    app: Flask, place: Place, tmp_path: Path
) -> None:
    file = written(app, place, tmp_path / "export.zip", whole=True)
    tables = {name.removeprefix("json/")[:-5] for name in file.namelist() if "json/" in name}
    walls = declared_walls()
    reached = {
        name
        for name, wall in walls.items()
        if wall.tenant_column
        and any(
            (grant := wall.grants.get(role)) and grant.select
            for role in (LoginRole.PROVIDER, LoginRole.FINANCE)
        )
    }
    assert reached - LEFT_OUT.keys() <= tables
    found = place.marks.places(place.marks.found_in(text_of(file)))
    assert ("case_note", "text", "provider") in found or any(
        p[0] == "case_note" and p[2] == "provider" for p in found
    )
    schema = json.loads(file.read("schema.json"))
    assert not {c["name"] for t in schema for c in t["columns"]} & HIDDEN
    assert "never handed to an authority" in file.read("README.md").decode()


def test_each_table_and_column_is_described() -> None:
    for part in [*parts(whole=True), *parts(whole=False)]:
        said = described(part.table, part.columns)
        assert len(said["what"]) > 10, part.table.name
        assert all(one["what"] and one["type"] for one in said["columns"]), part.table.name
    held = next(p for p in parts(whole=False) if p.table.name == "authority_suspension")
    words = {c["name"]: c["what"] for c in described(held.table, held.columns)["columns"]}
    assert words["words"] == "What the authority reads besides: which invoices, what was agreed."
    assert all(LEFT_OUT.values())


def test_an_export_is_checked_and_each_kind_of_damage_is_found(
    app: Flask, place: Place, tmp_path: Path
) -> None:
    path = tmp_path / "export.zip"
    file = written(app, place, path, whole=False)
    checked = verify(path)
    assert checked.faults == [] and checked.rows > 50 and checked.files > 100
    sums = file.read("SHA256SUMS").decode().splitlines()
    assert len(sums) == len(file.namelist()) - 2

    def damaged(change: dict[str, bytes], *, without: str = "") -> list[str]:
        other = tmp_path / "other.zip"
        with zipfile.ZipFile(other, "w") as into:
            for name in file.namelist():
                if name != without:
                    into.writestr(name, change.get(name, file.read(name)))
            for name in change.keys() - set(file.namelist()):
                into.writestr(name, change[name])
        return verify(other).faults

    number = json.loads(file.read("manifest.json"))["tables"]["child"]["rows"]
    assert damaged({"json/child.json": b"[\n]\n"}) == [
        "json/child.json is not as it was written",
        f"child has 0 rows in JSON, not {number}",
    ]
    assert damaged({}, without="csv/child.csv") == ["csv/child.csv is missing"]
    assert damaged({"files/more.bin": b"x"}) == ["files/more.bin is in no list"]
    (tmp_path / "none.zip").write_bytes(b"nothing")
    with pytest.raises(ValueError, match="no export"):
        verify(tmp_path / "none.zip")


def test_the_worker_makes_it_and_both_sides_take_it_away(
    app: Flask, place: Place, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("saas.web.today.clock", lambda: NOW)
    woken: list[str] = []
    monkeypatch.setitem(app.extensions, "wake_worker", woken.append)
    # Reading goes on where it is suspended.
    suspend(place.tenancy, TODAY)
    boss = client_of(app, make_person(app, tenant=place.tenancy, role=AuthorityRole.MANAGER))
    assert boss.submit("/authority/exports", action="/authority/exports").status_code == 302
    assert woken == ["make_exports"]
    assert "Waits for the worker" in boss.get("/authority/exports").text
    settings = app.extensions["settings"]
    assert make_exports_asked_for(settings, at=NOW) == 1
    assert make_exports_asked_for(settings, at=NOW) == 0
    assert "Download the ZIP" in boss.get("/authority/exports").text
    with scoped(Scope.provider(place.tenancy.id, None)) as session:
        made = session.scalars(
            sa.select(AuthorityExport).where(
                AuthorityExport.tenant_id == place.tenancy.id,
                AuthorityExport.state == "ready",
                AuthorityExport.ready_at == NOW,
                AuthorityExport.tables_of > 1,
            )
        ).one()
        session.expunge_all()
    taken = boss.get(f"/authority/exports/{made.id}.zip")
    assert taken.status_code == 200 and len(taken.data) == made.size
    (tmp_path / "taken.zip").write_bytes(taken.data)
    assert verify(tmp_path / "taken.zip").faults == []
    page = f"/manager/authorities/{place.tenancy.slug}/exports"
    manager = client_of(app, make_person(app, role=ProviderRole.MANAGER))
    assert "Download the ZIP" in manager.get(page).text
    assert manager.get(f"{page}/{made.id}.zip").data == taken.data
    admin = client_of(app, make_person(app, role=ProviderRole.ADMIN))
    # Who runs accounts starts it, and sees no case by it.
    assert "Make an export" in admin.get(page).text
    assert "Download the ZIP" not in admin.get(page).text
    assert admin.get(f"{page}/{made.id}.zip").status_code == 403
    officer = client_of(app, make_person(app, tenant=place.tenancy, role=AuthorityRole.OFFICER))
    assert officer.get(f"/authority/exports/{made.id}.zip").status_code == 403
    trail = boss.get("/authority/trail").text
    assert "export made" in trail.lower() and "export taken away" in trail.lower()
    # After its days it is gone.
    later = NOW.replace(year=2027)
    make_exports_asked_for(settings, at=later)
    assert "Removed after its days" in boss.get("/authority/exports").text
    assert boss.get(f"/authority/exports/{made.id}.zip").status_code == 404


def test_two_are_not_made_at_once(app: Flask, place: Place) -> None:
    with scoped(Scope.provider(place.tenancy.id, None)) as session:
        ask_export(session, side="provider", by_name="Ada", at=NOW)
        with pytest.raises(Exception, match="already"):
            ask_export(session, side="provider", by_name="Ada", at=NOW)
        session.rollback()


def test_the_commands_write_and_check_it(app: Flask, place: Place, tmp_path: Path) -> None:
    runner = app.test_cli_runner()
    done = runner.invoke(
        args=["subscribers", "export", place.tenancy.slug, "--into", str(tmp_path)]
    )
    assert done.exit_code == 0, done.output
    (path,) = tmp_path.glob("*.zip")
    assert path.stat().st_mode & 0o077 == 0
    checked = runner.invoke(args=["subscribers", "verify-export", str(path)])
    assert checked.exit_code == 0 and "all well" in checked.output
    path.write_bytes(path.read_bytes()[:-100])
    assert runner.invoke(args=["subscribers", "verify-export", str(path)]).exit_code == 1
    assert runner.invoke(args=["subscribers", "export", "no", "--into", "x"]).exit_code == 2
