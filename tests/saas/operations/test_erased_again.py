"""What was erased does not come back with a backup that is older: real backups, real restores."""

from __future__ import annotations

import json
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from saas.database.embedded import ServerAddress
from saas.database.scope import Scope, scoped
from saas.documents.storage import LocalFolder, MissingFileError
from saas.web import today as clock
from tenants.casework.models import SenCase
from tenants.protection import actions as protection
from tenants.protection.models import LegalHold
from tests.conftest import close_connections
from tests.factories import actor, make_case
from tests.saas.operations.processes import command

# The fixtures of the neighbour: two authorities, a paper, a role for backups.
from tests.saas.operations.test_backup import (  # noqa: F401
    CHAINS,
    Deployment,
    _owner_may_make_a_scratch_database,
    backup_role,
    cases_of,
    deployment,
    empty_database,
)
from tests.tenants.protection.making import AT, ask, close, erase, log_of

pytestmark = pytest.mark.usefixtures("_years_later")


@pytest.fixture
def _years_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "clock", lambda: AT)


def reference_of(of: Deployment) -> str:
    with of.app.app_context(), scoped(Scope.provider(of.one.id, None)) as session:
        return str(session.scalar(sa.select(SenCase.reference).where(SenCase.id == of.case_id)))


def erase_after_a_backup(of: Deployment, into: Path) -> tuple[Path, str]:
    """The case closes, a backup is made, and it is erased."""
    close(of.one, of.case_id)
    reference = reference_of(of)
    made = back_up_into(of, into)
    ask(of.one, of.case_id)
    assert erase(of.one) == 1
    with pytest.raises(MissingFileError):
        of.storage.get(of.key)
    return made, reference


def back_up_into(of: Deployment, into: Path) -> Path:
    before = set(into.glob("send-mediation-*"))
    command(of.settings, "operations", "backup", "--into", str(into))
    (made,) = set(into.glob("send-mediation-*")) - before
    return made


def is_gone(of: Deployment, reference: str) -> bool:
    with of.app.app_context(), scoped(Scope.provider(of.one.id, None)) as session:
        there = session.scalars(sa.select(SenCase.reference)).all()
        names = session.scalars(sa.text("SELECT given_name FROM child")).all()
    return reference not in there and "Ada" not in names


def test_a_restore_over_the_database_erases_again_what_it_says(
    deployment: Deployment,  # noqa: F811
    tmp_path: Path,
) -> None:
    made, reference = erase_after_a_backup(deployment, tmp_path / "b")
    (first,) = log_of(deployment.one)
    close_connections(deployment.app)
    said, _ = command(
        deployment.settings, "operations", "restore", str(made), "--yes", "--overwrite"
    )
    assert "Erased again, as they had been since the backup: 1 cases" in said
    assert is_gone(deployment, reference)
    (again,) = log_of(deployment.one)
    assert (again.id, again.reference, again.asked_on) == (first.id, reference, first.asked_on)
    assert again.erased_at is not None and again.case_id is None
    with pytest.raises(MissingFileError):
        deployment.storage.get(deployment.key)
    said, _ = command(deployment.settings, "audit", "verify")
    assert said.count("ends in") == CHAINS
    command(deployment.settings, "statistics", "verify")


def test_when_the_database_is_lost_the_list_beside_the_backups_says_it(
    deployment: Deployment,  # noqa: F811
    server: ServerAddress,
    tmp_path: Path,
) -> None:
    made, reference = erase_after_a_backup(deployment, tmp_path / "b")
    listed = tmp_path / "b" / "erasures.json"
    assert json.loads(listed.read_text())["erased"] == []
    said, _ = command(deployment.settings, "operations", "erasures", "--into", str(listed))
    assert "holds 1 erasures" in said and listed.stat().st_mode & 0o077 == 0
    # Numbers, ids and days: nobody's name.
    told = listed.read_text()
    assert reference in told and "Example" not in told and str(deployment.case_id) not in told
    with empty_database(server, deployment.settings) as elsewhere:
        said, _ = command(elsewhere, "operations", "restore", str(made), "--yes")
        assert "since the backup: 1 cases" in said
        with pytest.raises(MissingFileError):
            LocalFolder(elsewhere.documents_folder).get(deployment.key)
        # Once more finds nothing to do, and a list only grows.
        said, _ = command(elsewhere, "operations", "erasures", "--again", str(listed))
        assert "since the backup: 0 cases" in said


def test_without_any_list_nothing_is_restored(
    deployment: Deployment,  # noqa: F811
    server: ServerAddress,
    tmp_path: Path,
) -> None:
    made = back_up_into(deployment, tmp_path)
    (tmp_path / "erasures.json").unlink()
    with empty_database(server, deployment.settings) as elsewhere:
        restore = ("operations", "restore", str(made), "--yes")
        _, refused = command(elsewhere, *restore, expect=1)
        assert "--without-erasures" in refused
        (tmp_path / "erasures.json").write_text("{}")
        _, refused = command(elsewhere, *restore, expect=1)
        assert "no list of erasures" in refused
        (tmp_path / "erasures.json").unlink()
        said, _ = command(elsewhere, *restore, "--without-erasures")
        assert "since the backup: 0 cases" in said


def test_one_authority_that_is_brought_back_stays_without_what_was_erased(
    deployment: Deployment,  # noqa: F811
    tmp_path: Path,
) -> None:
    kept, _ = make_case(deployment.app, deployment.one, given_name="Zephyrine")
    made, reference = erase_after_a_backup(deployment, tmp_path / "b")
    said, _ = command(
        deployment.settings,
        *("operations", "restore", str(made), "--authority", deployment.one.slug, "--yes"),
    )
    assert "since the backup: 1 cases" in said
    assert kept in cases_of(deployment.app, deployment.one)
    assert is_gone(deployment, reference)
    # That it was erased the first time stays in the log, and beside it that it was once more.
    assert [one.reference for one in log_of(deployment.one)] == [reference] * 2
    said, _ = command(deployment.settings, "audit", "verify")
    assert said.count("ends in") == CHAINS
    command(deployment.settings, "statistics", "verify")


def test_what_must_be_kept_as_the_backup_has_it_is_named_and_waits(
    deployment: Deployment,  # noqa: F811
    tmp_path: Path,
) -> None:
    close(deployment.one, deployment.case_id)
    with scoped(Scope.provider(deployment.one.id, None)) as session:
        protection.place_hold(session, deployment.case_id, reason="A claim", by=actor())
    reference = reference_of(deployment)
    made = back_up_into(deployment, tmp_path / "b")
    lift(deployment)
    ask(deployment.one, deployment.case_id)
    assert erase(deployment.one) == 1
    close_connections(deployment.app)
    _, named = command(
        deployment.settings,
        *("operations", "restore", str(made), "--yes", "--overwrite"),
        expect=1,
    )
    assert "1 cases that had been erased are there again" in named
    assert f"{reference}: It is held" in named
    lift(deployment)
    # The worker tries it every hour.
    assert erase(deployment.one) == 1 and is_gone(deployment, reference)


def lift(of: Deployment) -> None:
    with of.app.app_context(), scoped(Scope.provider(of.one.id, None)) as session:
        hold = session.scalars(sa.select(LegalHold)).one()
        protection.lift_hold(session, hold, because="It is settled", by=actor())


def test_a_database_that_does_not_answer_is_no_reason_to_forget_the_list(
    deployment: Deployment,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from saas.operations import erasures

    made, _ = erase_after_a_backup(deployment, tmp_path / "b")
    erasures.write_list(deployment.settings, erasures.beside(made), at=AT)

    def lost(_settings: object) -> None:
        raise psycopg.OperationalError("gone")

    monkeypatch.setattr(erasures, "of_database", lost)
    found = erasures.to_redo(deployment.settings, made, list_file=None, nothing_erased=False)
    assert len(found) == 1
