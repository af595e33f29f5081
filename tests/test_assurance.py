"""No claim without its test or document: each row of docs/assurance names what shows it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted((ROOT / "docs/assurance").glob("*.md"))
STATES = {"met", "deployer", "not met"}
ROWS = [
    (page.name, [cell.strip() for cell in line.strip("|").split("|")])
    for page in PAGES
    for line in page.read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and not line.startswith(("| no.", "| asked"))
]


def test_there_are_rows_of_each_chapter() -> None:
    numbers = {cells[0].split(".")[0] for name, cells in ROWS if name == "asvs.md"}
    assert numbers == {"6", "7", "8", "10", "14", "16"}
    assert [cells[0] for name, cells in ROWS if name == "ncsc.md"] == [
        str(number) for number in range(1, 15)
    ]


@pytest.mark.parametrize(("page", "cells"), ROWS, ids=lambda value: str(value)[:60])
def test_what_is_claimed_is_there(page: str, cells: list[str]) -> None:
    state, shown_by = cells[-2], cells[-1]
    assert state in STATES
    named = re.findall(r"`([^`]+)`", shown_by)
    assert named or state != "met", f"{page}: {cells[0]} claims and shows nothing"
    for one in named:
        path, _, test = one.partition("::")
        if state != "met" and not path.endswith((".md", ".py")):
            continue
        text = (ROOT / path).read_text(encoding="utf-8")
        assert not test or f"def {test}(" in text, f"{page}: there is no {one}"
