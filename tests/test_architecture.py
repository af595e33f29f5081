"""What docs/architecture.md says of the house is true of it."""

from __future__ import annotations

import re
import tomllib

import grimp
import networkx as nx
import pytest

from saas.config import ROOT

ARCHITECTURE = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
CHANGES = dict(
    re.findall(r"^\| ([^|]+?) \| (.+?) \|$", ARCHITECTURE.split("## Ten changes")[1], re.M)
)
CHANGES.pop("change", None)
CHANGES.pop("---", None)
MOST_LINES = 400


def paths_of(change: str) -> list[str]:
    return re.findall(r"`([^`]+)`", CHANGES[change])


def test_there_are_ten_changes() -> None:
    assert len(CHANGES) == 10


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_touches_five_files_or_fewer_and_they_exist(change: str) -> None:
    paths = paths_of(change)
    assert 1 <= len(paths) <= 5
    assert [path for path in paths if not (ROOT / path).is_file()] == []


def test_every_room_of_the_tenants_is_named() -> None:
    rooms = {path.parent.name for path in (ROOT / "tenants").glob("*/__init__.py")}
    unnamed = [room for room in rooms if f"{room}/`" not in ARCHITECTURE]
    assert unnamed == []


def test_the_order_of_floors_is_that_of_the_import_contract() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"][
        "importlinter"
    ]["contracts"]
    (layers,) = [c["layers"] for c in contracts if c.get("containers") == ["tenants"]]
    shown = ARCHITECTURE.split("```\nlaw")[1].split("\nsaas (platform)")[0]
    told = ["law", *(name.strip() for name in re.split(r"[<,\n]", shown) if name.strip())]
    known = [name.strip() for layer in reversed(layers) for name in layer.split(":")]
    assert sorted(told) == sorted(known)
    places = {
        name: n for n, layer in enumerate(reversed(layers)) for name in re.split(r" : ", layer)
    }
    assert [places[name] for name in told] == sorted(places[name] for name in told)


def test_no_rooms_go_round_in_a_circle() -> None:
    graph = grimp.build_graph("saas", "tenants", "billing", cache_dir=None)
    arrows = nx.DiGraph()
    for module in graph.modules:
        for told in graph.find_modules_directly_imported_by(module):
            arrows.add_edge(room_of(module), room_of(told))
    circles = [c for c in nx.strongly_connected_components(arrows) if len(c) > 1]
    assert circles == []


def room_of(module: str) -> str:
    """The feature that a module belongs to: its two first names."""
    return ".".join(module.split(".")[:2])


def test_no_file_has_outgrown_its_room() -> None:
    long = [
        f"{path.relative_to(ROOT)}: {lines} lines"
        for folder in ("saas", "tenants", "billing", "bench", "tests")
        for path in (ROOT / folder).rglob("*.py")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > MOST_LINES
    ]
    assert long == []


def test_casework_stays_small() -> None:
    lines = sum(
        len(path.read_text(encoding="utf-8").splitlines())
        for path in (ROOT / "tenants/casework").rglob("*.py")
    )
    assert lines < 6_000
