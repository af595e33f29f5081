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
