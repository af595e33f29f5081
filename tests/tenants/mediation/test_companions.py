"""Each side says itself whom it brings; nobody may refuse them, and nobody speaks for the other."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import ProgrammingError

from saas.database.scope import Scope, scoped
from tenants.casework.kinds import Side
from tenants.casework.row_columns import Actor
from tenants.mediation.actions import add_participant
from tenants.mediation.models import Participant
from tests.factories import NOW
from tests.tenants.access_links.test_family_links import make_family_link
from tests.tenants.mediation.arranged_case import Case

pytestmark = pytest.mark.usefixtures("standing_clock")


def on_the_list(case: Case) -> list[tuple[str, str, str]]:
    with scoped(Scope.provider(case.tenant.id, None)) as session:
        rows = session.execute(
            sa.select(Participant.side, Participant.name, Participant.added_by_name).order_by(
                Participant.side
            )
        ).all()
        return [(row[0], row[1], row[2]) for row in rows]


def test_the_authority_and_the_family_name_those_whom_they_bring(app: Flask, case: Case) -> None:
    said = case.authority.submit(
        f"{case.own}/participants", {"name": "Pat Psychologist", "role": "Psychologist"}
    )
    assert said.status_code == 302, said.text
    page = f"/family/{make_family_link(app, case.tenant, case.id)}/"
    family = app.test_client()
    answer = family.submit(  # type: ignore[attr-defined]
        f"{page}who-comes", {"name": "Gran Example", "role": "Grandmother"}
    )
    assert answer.status_code == 302, answer.text

    assert on_the_list(case) == [
        ("authority", "Pat Psychologist", "Olu"),
        ("family", "Gran Example", "Jo Example"),
    ]
    for client, address in ((case.provider, case.meetings), (case.authority, case.own)):
        text = client.get(address).text
        assert "Gran Example" in text
        assert "Pat Psychologist" in text
    seen = family.get(f"{page}who-comes").text
    assert "Gran Example" in seen
    assert "Pat Psychologist" not in seen, "a family's own list"


def test_the_same_one_is_not_listed_twice_and_a_name_is_needed(app: Flask, case: Case) -> None:
    page = f"/family/{make_family_link(app, case.tenant, case.id)}/who-comes"
    family = app.test_client()
    gran = {"name": "Gran Example", "role": "Grandmother"}
    assert family.submit(page, gran).status_code == 302  # type: ignore[attr-defined]
    again = family.submit(page, gran)  # type: ignore[attr-defined]
    assert again.status_code == 422
    assert "Gran Example is on the list already" in again.text
    nameless = family.submit(page, {**gran, "name": ""})  # type: ignore[attr-defined]
    assert nameless.status_code == 422
    assert "Enter the name" in nameless.text


@pytest.mark.parametrize(("own", "other"), [("authority", "family"), ("family", "authority")])
def test_no_side_can_name_anybody_for_the_other(case: Case, own: str, other: str) -> None:
    """Tried past the door: the database refuses it."""
    scope = (
        Scope.authority(case.tenant.id, None)
        if own == "authority"
        else Scope.family(case.tenant.id, case.id)
    )
    by = Actor(None, "Somebody", NOW)
    with pytest.raises(ProgrammingError, match="row-level security"), scoped(scope) as session:
        add_participant(session, case.id, side=Side(other), name="A", role="B", by=by)
    with scoped(scope) as session:
        add_participant(session, case.id, side=Side(own), name="A", role="B", by=by)
    with pytest.raises(ProgrammingError, match="permission denied"), scoped(scope) as session:
        session.execute(sa.delete(Participant))
