"""The release that is running somewhere: which one, and its code in a folder of its own."""

from __future__ import annotations

import io
import subprocess
import tarfile
import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from packaging.requirements import Requirement

from saas.config import ROOT


class NoReleaseError(Exception):
    """There is no earlier release to try the migrations with; the text says what to do."""


def chosen(given: str) -> str:
    """The commit that was asked for, or the newest tag."""
    if given:
        found = _git("rev-parse", "--verify", "--quiet", f"{given}^{{commit}}")
        if found is None:
            raise NoReleaseError(f"git knows no commit {given!r}.")
        return given
    tag = _git("describe", "--tags", "--abbrev=0")
    if tag is None:
        raise NoReleaseError(
            "No commit has a tag, so nothing says which release is running. Name its commit:\n"
            "    make migrate-under-load RELEASE=COMMIT"
        )
    return tag


def check_out(ref: str, into: Path) -> Path:
    """The code of a release, without touching this checkout."""
    archive = subprocess.run(
        ["git", "archive", ref], cwd=ROOT, capture_output=True, check=True
    ).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(into, filter="data")
    missing = unmet(into)
    if missing:
        raise NoReleaseError(f"{ref} needs packages that are not here: {', '.join(missing)}.")
    return into


def migrations_since(old: Path) -> list[str]:
    """Those that this tree has and the release does not, first to last."""
    before, now = _migrations(old), _migrations(ROOT)
    if now[: len(before)] != before:
        raise NoReleaseError("That commit has other migrations than this tree: it was no release.")
    return now[len(before) :]


def _migrations(root: Path) -> list[str]:
    return sorted(path.stem for path in (root / "migrations" / "versions").glob("[0-9]*.py"))


def unmet(root: Path) -> list[str]:
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    missing = []
    for line in project["dependencies"]:
        needed = Requirement(line)
        try:
            if needed.specifier.contains(version(needed.name), prereleases=True):
                continue
        except PackageNotFoundError:
            pass
        missing.append(line)
    return missing


def _git(*arguments: str) -> str | None:
    """What git says; None when it knows no such thing, or there is no git."""
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None
