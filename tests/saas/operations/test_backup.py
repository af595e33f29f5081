"""A backup is made, tried and restored by the commands, as the operator does it."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pyrage
import pytest
import sqlalchemy as sa
from flask import Flask
from psycopg import sql
from pydantic import SecretStr

from saas.app import create_app
from saas.audit.chain import link_entries
from saas.config import Settings
from saas.database.embedded import ServerAddress
from saas.database.scope import Scope, scoped
from saas.documents.storage import LocalFolder, new_key
from saas.identity.permissions import AuthorityRole
from saas.identity.signed_in import Tenancy
from tenants.access_links.family_links import family_of, find_personal_link, make_link
from tenants.casework import actions
from tenants.casework.kinds import FactKind
from tenants.casework.models import SenCase
from tenants.papers.models import CaseDocument
from tests.billing.making import account_of, issue_period
from tests.conftest import NewDatabase, close_connections
from tests.factories import NOW, TODAY, actor, make_case, make_person, make_tenant
from tests.saas.operations.processes import command, flask

PAPER = b"A child's report that is nobody else's business. " * 2_000
ANOTHER_KEY = "another-scope-key-of-its-own-" + "x" * 20

SCRATCH_DATABASES = 1
# Of each of the two authorities what was done and what was changed, and what was done outside any.
CHAINS = 5


@pytest.fixture(scope="module", autouse=True)
def _owner_may_make_a_scratch_database(server: ServerAddress, template: str) -> Iterator[None]:
    """Until the last module that needs it is done: the owner is the whole server's."""
    with psycopg.connect(server.url("postgres"), autocommit=True) as admin:
        admin.execute("SELECT pg_advisory_lock_shared(%s)", [SCRATCH_DATABASES])
        admin.execute("ALTER ROLE t_owner CREATEDB")
        yield
        admin.execute("SELECT pg_advisory_unlock_shared(%s)", [SCRATCH_DATABASES])
        alone = admin.execute("SELECT pg_try_advisory_lock(%s)", [SCRATCH_DATABASES]).fetchone()
        if alone == (True,):
            admin.execute("ALTER ROLE t_owner NOCREATEDB")


@pytest.fixture
def backup_role(server: ServerAddress) -> Iterator[str]:
    """The role of the README: BYPASSRLS, reads everything, and no superuser. Its name."""
    name = f"backup_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(server.url("postgres"), autocommit=True) as admin:
        admin.execute(f"CREATE ROLE {name} LOGIN BYPASSRLS PASSWORD 'p'".encode())
        admin.execute(f"GRANT pg_read_all_data TO {name}".encode())
        yield name
        admin.execute(f"DROP OWNED BY {name}".encode())
        admin.execute(f"DROP ROLE {name}".encode())


@dataclass
class Deployment:
    """A database with two authorities, and who backs it up."""

    app: Flask
    settings: Settings
    one: Tenancy
    other: Tenancy
    case_id: uuid.UUID
    storage: LocalFolder
    key: str


@pytest.fixture
def deployment(
    new_database: NewDatabase, server: ServerAddress, backup_role: str
) -> Iterator[Deployment]:
    with new_database() as made:
        name = str(sa.make_url(made.database_url.get_secret_value()).database)
        with psycopg.connect(server.url(name), autocommit=True) as admin:
            admin.execute(
                sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(
                    sql.Identifier(name), sql.Identifier(backup_role)
                )
            )
        settings = made.model_copy(
            update={"backup_database_url": SecretStr(server.url(name, backup_role, "p"))}
        )
        app = create_app(settings, TESTING=True)
        with app.app_context():
            one, other = make_tenant(app), make_tenant(app)
            case_id, _ = make_case(app, one)
            make_case(app, other)
            storage = LocalFolder(settings.documents_folder)
            key = new_key(one.id, uuid.uuid4())
            storage.put(key, PAPER)
            add_document(one, case_id, key)
            for tenancy in (one, other):
                with scoped(Scope.worker(tenancy.id)) as session:
                    assert link_entries(session) > 0
            yield Deployment(app, settings, one, other, case_id, storage, key)
        close_connections(app)


def add_document(tenancy: Tenancy, case_id: uuid.UUID, key: str) -> None:
    with scoped(Scope.provider(tenancy.id, None)) as session:
        session.add(
            CaseDocument(
                tenant_id=tenancy.id,
                case_id=case_id,
                kind="report",
                side="other",
                audience="provider",
                media_type="application/pdf",
                size=len(PAPER),
                sha256=hashlib.sha256(PAPER).hexdigest(),
                storage_key=key,
                uploaded_at=NOW,
                uploaded_by_name="Example",
                scan_result="clean",
                scanned_at=NOW,
            )
        )


def back_up(deployment: Deployment, into: Path, recipient: str = "") -> Path:
    settings = deployment.settings.model_copy(update={"backup_age_recipient": recipient})
    command(settings, "operations", "backup", "--into", str(into))
    (made,) = into.glob("send-mediation-*")
    return made


@contextmanager
def empty_database(server: ServerAddress, like: Settings) -> Iterator[Settings]:
    name = f"t_{uuid.uuid4().hex}"
    url = sa.make_url(like.database_url.get_secret_value()).set(database=name)
    with psycopg.connect(server.url("postgres"), autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} OWNER t_owner TEMPLATE template0".encode())
        try:
            yield like.model_copy(
                update={
                    "database_url": SecretStr(url.render_as_string(hide_password=False)),
                    "var_dir": like.var_dir / "elsewhere",
                }
            )
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def cases_of(app: Flask, tenancy: Tenancy) -> set[uuid.UUID]:
    with app.app_context(), scoped(Scope.provider(tenancy.id, None)) as session:
        return set(session.scalars(sa.select(SenCase.id)))


def test_a_backup_is_encrypted_verified_and_restored_elsewhere(
    deployment: Deployment, server: ServerAddress, tmp_path: Path
) -> None:
    secret = pyrage.x25519.Identity.generate()
    identity = tmp_path / "key.txt"
    identity.write_text(f"# created by a test\n{secret}\n")
    made = back_up(deployment, tmp_path / "backups", str(secret.to_public()))
    assert {path.name for path in made.iterdir()} == {
        "manifest.json",
        "database.dump.age",
        "documents.tar.age",
    }
    for path in made.iterdir():
        assert b"nobody else's business" not in path.read_bytes()
        assert b"PGDMP" not in path.read_bytes()
    manifest = json.loads((made / "manifest.json").read_text())
    assert manifest["rows"]["sen_case"] == 2 and manifest["documents"] == 1
    assert "scope_seal" not in manifest["rows"]

    _, refused = flask(deployment.settings, "operations", "verify-backup", str(made), expect=1)
    assert "is encrypted" in refused
    said, _ = flask(
        deployment.settings, "operations", "verify-backup", str(made), "--identity", str(identity)
    )
    assert "is good" in said and "2 trails" in said

    with empty_database(server, deployment.settings) as elsewhere:
        restore = ("operations", "restore", str(made), "--identity", str(identity), "--yes")
        said, _ = flask(elsewhere, *restore, more={"SCOPE_KEY": ANOTHER_KEY})
        assert "1 files" in said
        assert LocalFolder(elsewhere.documents_folder).get(deployment.key) == PAPER
        # What it holds now is not taken for nothing.
        _, refused = flask(elsewhere, *restore, expect=1)
        assert "is not empty" in refused
        # The seal is that of the settings with which it was restored, not of the backup.
        keyed = {**elsewhere.model_dump(), "scope_key": SecretStr(ANOTHER_KEY)}
        app = create_app(Settings(**keyed), TESTING=True)
        assert cases_of(app, deployment.one) == cases_of(deployment.app, deployment.one)
        close_connections(app)


def test_a_restore_over_a_database_brings_all_of_it_back(
    deployment: Deployment, tmp_path: Path
) -> None:
    before = cases_of(deployment.app, deployment.one)
    made = back_up(deployment, tmp_path / "backups")
    make_case(deployment.app, deployment.one)
    restore = ("operations", "restore", str(made), "--yes", "--overwrite")
    _, refused = command(deployment.settings, *restore, expect=1)
    assert "in use" in refused
    close_connections(deployment.app)
    command(deployment.settings, *restore)
    assert cases_of(deployment.app, deployment.one) == before
    said, _ = command(deployment.settings, "audit", "verify")
    assert said.count("ends in") == CHAINS


def test_a_backup_that_was_tampered_with_is_refused(deployment: Deployment, tmp_path: Path) -> None:
    made = back_up(deployment, tmp_path / "backups")
    dump = made / "database.dump"
    content = bytearray(dump.read_bytes())
    content[len(content) // 2] ^= 1
    dump.write_bytes(content)
    _, refused = command(deployment.settings, "operations", "verify-backup", str(made), expect=1)
    assert "database.dump is not as it was written" in refused
    manifest = made / "manifest.json"
    for wrong in (manifest.read_bytes() + b"x", b"\xff\xfe", b"{}", b""):
        manifest.write_bytes(wrong)
        _, refused = command(
            deployment.settings, "operations", "verify-backup", str(made), expect=1
        )
        assert refused.splitlines() == [
            "Error: The backup is damaged: manifest.json is not as it was written."
            " Take another backup."
        ]
    manifest.unlink()
    _, refused = command(deployment.settings, "operations", "verify-backup", str(made), expect=1)
    assert "is no backup: it has no manifest.json" in refused


def test_a_file_that_is_gone_is_told_and_the_rest_is_kept(
    deployment: Deployment, tmp_path: Path
) -> None:
    deployment.storage.delete(deployment.key)
    said, failed = command(
        deployment.settings, "operations", "backup", "--into", str(tmp_path / "b"), expect=1
    )
    assert f"case {deployment.case_id}" in said
    assert "1 files were missing; all else is kept" in failed
    (made,) = (tmp_path / "b").glob("send-mediation-*")
    command(deployment.settings, "operations", "verify-backup", str(made))


def test_the_owner_alone_backs_up_nothing(deployment: Deployment, tmp_path: Path) -> None:
    owner = deployment.settings.model_copy(
        update={"backup_database_url": deployment.settings.database_url}
    )
    _, refused = command(owner, "operations", "backup", "--into", str(tmp_path / "b"), expect=1)
    assert "BYPASSRLS" in refused
    nobody = deployment.settings.model_copy(update={"backup_database_url": SecretStr("")})
    _, refused = command(nobody, "operations", "backup", "--into", str(tmp_path / "b"), expect=1)
    assert "BACKUP_DATABASE_URL is missing" in refused
    assert not list((tmp_path / "b").glob("*"))


def test_a_pg_dump_that_is_too_old_is_named(deployment: Deployment, tmp_path: Path) -> None:
    old = tmp_path / "bin" / "pg_dump"
    old.parent.mkdir()
    old.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 12.4'\n")
    old.chmod(0o755)
    settings = deployment.settings.model_copy(update={"postgresql_programs": old.parent})
    _, refused = command(
        settings, *("operations", "backup", "--into", str(tmp_path / "b")), expect=1
    )
    assert f"{old} (12)" in refused and "POSTGRESQL_PROGRAMS" in refused


def test_old_backups_go_when_a_new_one_is_whole(deployment: Deployment, tmp_path: Path) -> None:
    for day in ("20260101", "20260102", "20260103"):
        (tmp_path / f"send-mediation-{day}T000000Z").mkdir()
    command(deployment.settings, "operations", "backup", "--into", str(tmp_path), "--keep", "2")
    kept = sorted(path.name for path in tmp_path.glob("send-mediation-*"))
    assert len(kept) == 2 and kept[0] == "send-mediation-20260103T000000Z"


def test_one_authority_is_brought_back_and_the_other_is_not_touched(
    deployment: Deployment, tmp_path: Path
) -> None:
    app, one, other = deployment.app, deployment.one, deployment.other
    revoked, kept_token = link_of(deployment)
    before = cases_of(app, one)
    made = back_up(deployment, tmp_path / "backups")

    # Since then: a case is made wrong, another is opened, a link is ended, a person joins, an
    # invoice goes out, and the other authority works on.
    with scoped(Scope.provider(one.id, None)) as session:
        actions.add_fact(
            session, deployment.case_id, FactKind.CLOSED, TODAY, by=actor(), today=TODAY
        )
    make_case(app, one)
    with scoped(Scope.provider(one.id, None)) as session:
        session.execute(
            sa.text(
                "UPDATE family_link SET revoked_at = :at, revoked_by_name = 'x' WHERE id = :id"
            ),
            {"at": NOW, "id": revoked},
        )
    person = make_person(app, tenant=one, role=AuthorityRole.OFFICER)
    account_of(app, one)
    number = issue_period(app, one).number
    deployment.storage.delete(deployment.key)
    others_case, _ = make_case(app, other)
    others = cases_of(app, other)

    # The service runs on meanwhile.
    said, _ = command(
        deployment.settings, "operations", "restore", str(made), "--authority", one.slug, "--yes"
    )
    assert f"{one.slug} has the 1 cases and 1 files" in said
    assert cases_of(app, one) == before
    assert others_case in others and cases_of(app, other) == others
    with scoped(Scope.provider(one.id, None)) as session:
        closed = session.scalar(sa.text("SELECT count(*) FROM case_fact WHERE kind = 'closed'"))
        assert closed == 0
    assert deployment.storage.get(deployment.key) == PAPER
    # What others know already stays: who may sign in, the invoice, the end of the link, the trail.
    with scoped(Scope.identity()) as session:
        query = sa.text("SELECT count(*) FROM membership WHERE person_id = :id")
        assert session.scalar(query, {"id": person.id}) == 1
    with scoped(Scope.finance(one.id, None)) as session:
        query = sa.text("SELECT count(*) FROM invoice WHERE number = :number")
        assert session.scalar(query, {"number": number}) == 1
    assert find_personal_link(kept_token, used=False) is None
    with scoped(Scope.provider(one.id, None)) as session:
        told = session.scalars(sa.text("SELECT action FROM audit_entry")).all()
        assert "restored from a backup" in told and told.count("case opened") == 2
    # A number that was given is not given again.
    _, reference = make_case(app, one)
    assert reference.endswith("3")
    said, _ = command(deployment.settings, "audit", "verify")
    assert said.count("ends in") == CHAINS
    said, _ = command(deployment.settings, "statistics", "verify")
    command(deployment.settings, "cases", "derive", "--check")


def link_of(deployment: Deployment) -> tuple[uuid.UUID, str]:
    with scoped(Scope.provider(deployment.one.id, None)) as session:
        ((party, _),) = family_of(session, deployment.case_id)
        made = make_link(session, deployment.case_id, party, by=actor())
        return made.id, made.token


def test_an_authority_that_joined_later_is_not_in_the_backup(
    deployment: Deployment, tmp_path: Path
) -> None:
    made = back_up(deployment, tmp_path / "backups")
    later = make_tenant(deployment.app)
    make_case(deployment.app, later)
    before = cases_of(deployment.app, later)
    _, refused = command(
        deployment.settings,
        *("operations", "restore", str(made), "--authority", later.slug, "--yes"),
        expect=1,
    )
    assert "joined later" in refused
    assert cases_of(deployment.app, later) == before
