"""Wall 2: what the family and the provider write, looked for in everything the authority reads."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from saas.config import Settings
from saas.database.base import ALL, declared_walls
from saas.database.scope import LoginRole, Scope, scoped
from tenants.statistics.measures.definitions import CONFIDENTIAL
from tests.factories import client_of
from tests.walls.places import World
from tests.walls.test_two_tenants import fetched_by_the_authority, readable

# Whose rows an authority must not see; rows without an audience are judged by their columns.
NOT_FOR_THE_AUTHORITY = {"provider", "family"}


def shared(place: tuple[str, str, str]) -> bool:
    """Whether the models let the authority read what stands at this place."""
    table, column, audience = place
    if table in ("person", "saved_filter"):  # its own people's
        return True
    grant = declared_walls()[table].grants.get(LoginRole.AUTHORITY)
    if grant is None or audience in NOT_FOR_THE_AUTHORITY:
        return False
    return grant.select == ALL or column in grant.select


def test_some_places_are_hidden_and_some_are_shared(world: World) -> None:
    places = set(world.here.marks.placed.values())
    hidden = {place for place in places if not shared(place)}
    assert {
        ("case_note", "text", "provider"),
        ("case_fact", "detail", "provider"),
        ("case_party", "email", ""),
        ("case_party", "telephone", ""),
        ("case_party", "adjustments", ""),
        ("payment", "reason", ""),
        ("payment_allocation", "reason", ""),
    } <= hidden
    assert {("case_note", "text", "parties"), ("child", "given_name", "")} <= places - hidden


def test_the_authority_fetches_nothing_that_is_hidden_from_it(world: World) -> None:
    seen: set[tuple[str, str, str]] = set()
    for where, text in fetched_by_the_authority(world):
        places = world.here.marks.places(world.here.marks.found_in(text))
        told = {place for place in places if not shared(place)}
        assert not told, f"{where} tells the authority {told}"
        seen |= places
    assert ("case_note", "text", "parties") in seen
    assert ("certificate", "content", "") in seen


def test_the_authoritys_login_role_reads_nothing_that_is_hidden_from_it(world: World) -> None:
    settings: Settings = world.app.extensions["settings"]
    seen: set[tuple[str, str, str]] = set()
    for table, column, marks in readable(settings, LoginRole.AUTHORITY, world.here):
        places = world.here.marks.places(set(marks))
        told = {place for place in places if not shared(place)}
        assert not told, f"the authority's role reads {table}.{column}: {told}"
        seen |= places
    # It does read what is shared, in every table that has such.
    wanted = {place[0] for place in world.here.marks.placed.values() if shared(place)}
    # Of the trail it reads what its own door wrote and what is listed by name, and no other row
    # (tests/tenants/trail).
    assert wanted - {table for table, _, _ in seen} <= {"person", "saved_filter", "audit_entry"}


def test_the_authority_learns_of_no_case_what_was_told_in_confidence(world: World) -> None:
    """How many families chose to mediate it may read; which, it may not."""
    client = client_of(world.app, world.here.people["officer"])
    for counter in sorted(CONFIDENTIAL):
        assert client.get(f"/authority/statistics/cases?counter={counter}").status_code == 404
    page = client.get("/authority/statistics/cases?counter=mediations_held&year=2026")
    (held,) = [row for row in world.here.rows["sen_case"] if row["id"] == world.here.case_id]
    assert held["reference"] in page.text
    with (
        pytest.raises(sa.exc.ProgrammingError, match="permission denied"),
        scoped(Scope.authority(world.here.tenancy.id, None)) as session,
    ):
        session.execute(sa.text("SELECT counters FROM measured_case"))
