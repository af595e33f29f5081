"""A key to the API opens its own authority's rows, and of them what its officers may see."""

from __future__ import annotations

from collections.abc import Iterator

from saas.database.scope import Scope, scoped
from saas.web.today import now
from tenants.statistics.api.document import API_BREAKDOWNS
from tenants.statistics.api.tokens import Allows, make_token
from tests.factories import TODAY
from tests.walls.places import Place, World
from tests.walls.reading import said_by
from tests.walls.test_two_sides import shared
from tests.walls.walk import routes

YEARS = ("2026", "2025", "2026-q2", "fy2026")


def asked_with_a_key(world: World, place: Place) -> Iterator[tuple[str, str]]:
    """Everything that the API says to a key of a place that allows all there is."""
    with scoped(Scope.authority(place.tenancy.id, None)) as session:
        key = make_token(
            session,
            name="Case system",
            allows=tuple(Allows),
            expires_on=TODAY.replace(year=TODAY.year + 1),
            at=now(),
        )
    client = world.app.test_client()
    rules = [rule for rule in routes(world.app) if rule.rule.startswith("/api/v1/")]
    assert len(rules) >= 5
    for rule in rules:
        paths = [rule.rule]
        if "by" in rule.arguments:
            paths = [rule.rule.replace("<by>", by) for by in API_BREAKDOWNS]
        for path in paths:
            for question in ("", *(f"?year={year}" for year in YEARS), "?page=2"):
                with client.get(
                    f"{path}{question}", headers={"Authorization": f"Bearer {key}"}
                ) as answer:
                    assert answer.status_code in (200, 422), (path, question)
                    yield f"{path}{question}", said_by(answer)


def test_a_key_returns_no_word_of_another_authority_and_none_told_in_confidence(
    world: World,
) -> None:
    for place, other in ((world.here, world.there), (world.there, world.here)):
        seen: set[tuple[str, str, str]] = set()
        for where, text in asked_with_a_key(world, place):
            leaked = other.marks.found_in(text)
            assert not leaked, f"{where} shows {other.marks.places(leaked)}"
            assert str(other.tenancy.id) not in text, where
            for row in other.rows["sen_case"]:
                assert row["reference"] not in text and str(row["id"]) not in text, where
            places = place.marks.places(place.marks.found_in(text))
            told = {one for one in places if not shared(one)}
            assert not told, f"{where} tells the authority {told}"
            seen |= places
        # It does say what it may.
        assert {("child", "upn", ""), ("sen_case", "authority_reference", "")} <= seen
