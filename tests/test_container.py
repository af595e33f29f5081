"""The container's image holds all that the program reads from its own folder."""

from __future__ import annotations

import re

from saas.config import ROOT

PACKAGES = ("saas", "tenants", "billing")
# Made when it runs.
WRITTEN = {"var"}


def copied() -> set[str]:
    recipe = (ROOT / "Containerfile").read_text(encoding="utf-8")
    lines = re.findall(r"^COPY (?!--from)(.+)$", recipe, re.MULTILINE)
    return {source for line in lines for source in line.split()[:-1]}


def test_what_the_program_reads_beside_itself_is_in_the_image() -> None:
    source = "\n".join(
        path.read_text(encoding="utf-8")
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
    )
    read = set(re.findall(r'\bROOT / "(\w+)"', source))
    assert "translations" in read
    assert read - WRITTEN - copied() == set()
    assert set(PACKAGES) <= copied()


def test_the_image_holds_what_is_compiled() -> None:
    """Nobody can write it later: each start would compile it all again, in three times the time."""
    recipe = (ROOT / "Containerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    (packages,) = re.findall(r"uv pip install .+", recipe)
    assert "--compile-bytecode" in packages
    assert "ENV PYC_INVALIDATION_MODE=UNCHECKED_HASH\n" in recipe
    (own,) = re.findall(
        r"python -m compileall -q --invalidation-mode unchecked-hash ([\w ]+?) +&&", recipe
    )
    assert set(PACKAGES) <= set(own.split()) <= copied()
