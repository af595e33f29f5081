"""Boroughs as a grid of equal tiles: London laid out as it lies, the others by region. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

COLUMNS = 8
# Column and row, by the authority's slug: our own arrangement, neighbours beside neighbours.
LONDON: Mapping[str, tuple[int, int]] = {
    "enfield": (4, 0),
    "harrow": (1, 1),
    "barnet": (2, 1),
    "haringey": (4, 1),
    "waltham-forest": (5, 1),
    "hillingdon": (0, 2),
    "ealing": (1, 2),
    "brent": (2, 2),
    "camden": (3, 2),
    "islington": (4, 2),
    "hackney": (5, 2),
    "redbridge": (6, 2),
    "havering": (7, 2),
    "hounslow": (0, 3),
    "hammersmith-and-fulham": (1, 3),
    "kensington-and-chelsea": (2, 3),
    "westminster": (3, 3),
    "city-of-london": (4, 3),
    "tower-hamlets": (5, 3),
    "newham": (6, 3),
    "barking-and-dagenham": (7, 3),
    "richmond-upon-thames": (1, 4),
    "wandsworth": (2, 4),
    "lambeth": (3, 4),
    "southwark": (4, 4),
    "lewisham": (5, 4),
    "greenwich": (6, 4),
    "bexley": (7, 4),
    "kingston-upon-thames": (2, 5),
    "merton": (3, 5),
    "bromley": (5, 5),
    "sutton": (3, 6),
    "croydon": (4, 6),
}
_LONDON_ROWS = 7


@dataclass(frozen=True, slots=True)
class Tile:
    slug: str
    column: int
    row: int


@dataclass(frozen=True, slots=True)
class Label:
    """The name of a region over its tiles."""

    text: str
    row: int


def lay_out(places: Sequence[tuple[str, str]]) -> tuple[list[Tile], list[Label]]:
    """Where each place goes; `places` are pairs of slug and region."""
    tiles = [Tile(slug, *LONDON[slug]) for slug, _ in places if slug in LONDON]
    labels = []
    row = _LONDON_ROWS if tiles else 0
    others: dict[str, list[str]] = {}
    for slug, region in places:
        if slug not in LONDON:
            others.setdefault(region, []).append(slug)
    for region in sorted(others):
        labels.append(Label(region, row))
        row += 1
        for index, slug in enumerate(others[region]):
            tiles.append(Tile(slug, index % COLUMNS, row + index // COLUMNS))
        row += (len(others[region]) - 1) // COLUMNS + 1
    return tiles, labels
