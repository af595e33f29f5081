"""What `make migrate-under-load` stands on; the whole of it where MIGRATE_UNDER_LOAD is set."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from saas.config import ROOT
from tests.under_load import release
from tests.under_load.measure import Steps
from tests.under_load.people import Asked, Record

AddMigrations = Callable[..., Path]


@pytest.fixture
def with_migrations(tmp_path: Path) -> AddMigrations:
    def make(*names: str) -> Path:
        folder = tmp_path / "migrations" / "versions"
        folder.mkdir(parents=True)
        for name in names:
            (folder / f"{name}.py").touch()
        return tmp_path

    return make


def test_without_a_tag_a_release_has_to_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(release, "_git", lambda *_asked: None)
    with pytest.raises(release.NoReleaseError, match="RELEASE=COMMIT"):
        release.chosen("")
    with pytest.raises(release.NoReleaseError, match="git knows no commit 'nothing'"):
        release.chosen("nothing")


def test_the_newest_tag_is_the_last_release(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(release, "_git", lambda *_asked: "v1")
    assert release.chosen("") == "v1"
    assert release.chosen("abc") == "abc"


def test_the_migrations_since_a_release_are_those_that_it_has_not(
    with_migrations: AddMigrations,
) -> None:
    first = sorted(path.stem for path in (ROOT / "migrations" / "versions").glob("[0-9]*.py"))
    assert release.migrations_since(with_migrations(*first[:-2])) == first[-2:]


def test_a_commit_with_other_migrations_was_no_release(with_migrations: AddMigrations) -> None:
    with pytest.raises(release.NoReleaseError, match="other migrations"):
        release.migrations_since(with_migrations("0001_another"))


def test_a_release_that_needs_other_packages_is_refused(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[project]\ndependencies = ["Flask>=3", "no-such-package>=1"]\n', encoding="utf-8"
    )
    assert release.unmet(tmp_path) == ["no-such-package>=1"]


def test_the_table_says_of_each_step_what_people_met() -> None:
    record = Record()
    steps = Steps(record)
    for name, answers in (
        ("0001_first", [(200, "")]),
        ("0002_second", [(500, "an error"), (404, "refused: "), (503, "not ready"), (0, "gone")]),
    ):
        with steps.step(name) as step:
            for status, wrong in answers:
                what = f"a manager GET /cases/{len(record.asked)}"
                record.asked.append(Asked(step.begin, 1.5, status, what, wrong))
    steps.close()
    first, second = (line.split() for line in steps.table().splitlines()[2:])
    assert first[0] == "0001_first" and first[2:] == ["1", "1500", "0", "0", "0"]
    assert second[0] == "0002_second" and second[2:] == ["4", "1500", "2", "1", "1"]
    assert steps.faults()[0] == (
        "since 0002_second: 500 a manager GET /cases/*: an error (1 times)"
    )


@pytest.mark.skipif(
    not os.environ.get("MIGRATE_UNDER_LOAD"), reason="some minutes of load: make migrate-under-load"
)
def test_nobody_meets_an_error_while_the_database_is_migrated() -> None:
    asked = [sys.executable, "-m", "tests.under_load", *os.environ.get("RELEASE", "").split()]
    assert subprocess.run(asked, cwd=ROOT, check=False).returncode == 0
