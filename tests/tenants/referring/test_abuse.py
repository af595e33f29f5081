"""A flood, a program, a copy: nothing of it reaches the intake, and no family is lost by it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask

from saas.database.scope import Scope, scoped
from saas.identity.permissions import ProviderRole
from saas.identity.signed_in import Tenancy
from tenants.casework.models import SenCase
from tenants.referring import handing_in, limits
from tenants.referring.models import FrontReferral, ReferralDraft
from tests.factories import client_of, make_person, make_tenant
from tests.page_client import PageClient
from tests.tenants.referring.journeys import PARENT, Clock, Visitor

FLOOD = 1000


def states(tenant: Tenancy) -> list[tuple[str, str]]:
    with scoped(Scope.provider(tenant.id, None)) as session:
        rows = session.execute(
            sa.select(FrontReferral.state, FrontReferral.held_because).order_by(
                FrontReferral.received_at, FrontReferral.id
            )
        )
        return [(row.state, row.held_because) for row in rows]


def cases(tenant: Tenancy) -> int:
    with scoped(Scope.provider(tenant.id, None)) as session:
        return session.scalar(sa.select(sa.func.count(SenCase.id))) or 0


def named(number: int) -> dict[str, dict[str, str]]:
    child = {
        **PARENT["child"],
        "family_name": f"Flood{'abcdefghij'[number % 10]}{number // 10 * 'x'}",
    }
    return {**{step: dict(fields) for step, fields in PARENT.items()}, "child": child}


@pytest.fixture
def coordinator(app: Flask) -> PageClient:
    return client_of(app, make_person(app, role=ProviderRole.COORDINATOR))


def test_a_thousand_a_minute_of_one_place_are_not_in_the_intake_and_stop_nobody_else(
    app: Flask,
    tenant: Tenancy,
    people: Iterator[Visitor],
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    flood, family = next(people), next(people)
    # As a program does it: no page is looked at, and each has a whole draft of its own.
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", False)
    flood.client.looks = False
    known = {"where": {"council": tenant.slug}, **named(1)}
    answered: dict[int, int] = {}
    begun = 0
    for number in range(FLOOD):
        clock.on(seconds=0.06)
        with flood.client.session_transaction() as cookie:
            cookie.clear()
        known = {"where": {"council": tenant.slug}, **named(number)}
        step = "who"
        while step != "check":
            answer = flood.client.post(f"/refer/{step}", data=known[step])
            if answer.status_code != 302:
                break
            step = answer.location.rpartition("/")[2]
        else:
            begun += 1
            answer = flood.client.post("/refer/check")
        answered[answer.status_code] = answered.get(answer.status_code, 0) + 1
    # Drafts of one place are counted as they stand: what was handed in makes room for another.
    assert answered.get(302, 0) <= limits.KEPT_OF_ONE
    assert answered[429] >= FLOOD - limits.KEPT_OF_ONE
    assert cases(tenant) == 0
    assert {state for state, _ in states(tenant)} == {"held"}
    monkeypatch.undo()
    monkeypatch.setattr("saas.web.today.clock", lambda: clock.now)
    family.fill_in(tenant, {**PARENT, "child": {**PARENT["child"], "family_name": "Realfamily"}})
    family.send()
    assert cases(tenant) == 1


def test_more_than_a_few_of_one_place_are_held_and_the_page_says_the_same(
    app: Flask, tenant: Tenancy, visitor: Visitor, coordinator: PageClient
) -> None:
    pages = set()
    for number in range(limits.STRAIGHT_OF_ONE + 1):
        visitor.fill_in(tenant, named(number))
        receipt = visitor.send()
        assert len(receipt) == 9
        pages.add(visitor.open("/refer/done").replace(receipt, "NUMBER"))
    assert len({page.partition("<main")[2].partition("</main>")[0] for page in pages}) == 1
    assert states(tenant) == [("taken", "")] * limits.STRAIGHT_OF_ONE + [("held", "many")]
    tray = coordinator.get("/provider/").text
    assert "to look at first" in tray
    assert receipt in coordinator.get(held_one(tenant)).text
    assert "Very many came from one connection" in coordinator.get(held_one(tenant)).text
    # The list has the oldest first, of every authority.
    assert f"/provider/{tenant.slug}/referrals/" in "".join(
        coordinator.get(f"/provider/referrals?page={page}").text for page in (1, 2)
    )


def held_one(tenant: Tenancy) -> str:
    with scoped(Scope.provider(tenant.id, None)) as session:
        found = session.scalars(
            sa.select(FrontReferral.id).where(FrontReferral.state != "taken")
        ).one()
    return f"/provider/{tenant.slug}/referrals/{found}"


def test_what_a_program_filled_in_is_held_and_can_be_accepted(
    tenant: Tenancy, visitor: Visitor, coordinator: PageClient
) -> None:
    visitor.fill_in(tenant, PARENT)
    answer = visitor.client.submit("/refer/check", {"website": "https://spam.example"})
    assert answer.status_code == 302
    assert "Your number is" in visitor.open("/refer/done")
    assert states(tenant) == [("held", "trap")]
    assert cases(tenant) == 0
    page = held_one(tenant)
    shown = coordinator.get(page).text
    assert "A field that people do not see was filled in" in shown
    assert "They say that she does not need an assessment." in shown
    answer = coordinator.submit(page, {"act": "accept"})
    assert answer.status_code == 302
    assert cases(tenant) == 1
    assert states(tenant) == [("taken", "trap")]
    assert "The referral is accepted" in coordinator.get(answer.location).text


def test_what_is_faster_than_a_person_types_is_held(
    tenant: Tenancy, visitor: Visitor, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "on", lambda **_: None)
    visitor.fill_in(tenant, PARENT)
    visitor.send()
    assert states(tenant) == [("held", "fast")]


def test_a_second_telling_of_a_case_is_shown_to_the_coordinator(
    tenant: Tenancy, people: Iterator[Visitor], coordinator: PageClient
) -> None:
    for visitor in (next(people), next(people)):
        visitor.fill_in(tenant, PARENT)
        visitor.send()
    assert states(tenant) == [("taken", ""), ("held", "same")]
    shown = coordinator.get(held_one(tenant)).text
    assert "There is a case about this child and this decision" in shown
    answer = coordinator.submit(held_one(tenant), {"act": "accept"})
    assert answer.status_code == 302
    assert cases(tenant) == 2


def test_what_is_discarded_is_taken_back_and_at_last_deleted(
    tenant: Tenancy, visitor: Visitor, coordinator: PageClient, clock: Clock
) -> None:
    visitor.fill_in(tenant, PARENT)
    visitor.client.submit("/refer/check", {"website": "x"})
    page = held_one(tenant)
    coordinator.submit(page, {"act": "discard"})
    assert states(tenant) == [("discarded", "trap")]
    coordinator.submit(page, {"act": "back"})
    assert states(tenant) == [("held", "trap")]
    coordinator.submit(page, {"act": "discard"})
    assert handing_in.forget(at=clock.now + dt.timedelta(days=29)) == 0
    assert handing_in.forget(at=clock.now + dt.timedelta(days=31)) == 1
    shown = coordinator.get(page).text
    assert "Doorwell" not in shown
    assert "Take it back" not in shown
    assert cases(tenant) == 0


def test_very_many_from_everywhere_are_held_and_none_is_refused(
    tenant: Tenancy, people: Iterator[Visitor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "STRAIGHT_OF_ALL", 2)
    for number in range(3):
        visitor = next(people)
        visitor.fill_in(tenant, named(number))
        visitor.send()
    assert states(tenant) == [("taken", ""), ("taken", ""), ("held", "very_many")]


def test_too_much_is_refused_by_a_page_that_helps(
    app: Flask, tenant: Tenancy, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", False)
    answer = visitor.client.post("/refer/who", data={"who": "parent" + "x" * 20_000})
    assert answer.status_code == 422
    adjustments = {f"adjustments-{number}": "x" * 100 for number in range(200)}
    answer = visitor.client.post("/refer/needs", data={"messages": "yes", **adjustments})
    assert answer.status_code == 413
    assert "A few words are enough" in answer.text
    answer = visitor.client.post("/refer/about", data={"about": "x" * 2_000_000})
    assert answer.status_code == 413
    with scoped(Scope.identity()) as session:
        assert session.scalar(sa.select(sa.func.count(ReferralDraft.id))) == 0


@pytest.mark.parametrize("key", ["", "x", "%00", "' OR 1=1 --", "A" * 5000])
def test_a_link_that_opens_nothing_says_what_to_do(visitor: Visitor, key: str) -> None:
    answer = visitor.client.get("/refer/return", query_string={"key": key})
    assert answer.status_code in (200, 400)
    if answer.status_code == 200:
        assert "This link is over" in answer.text


def test_a_draft_of_one_browser_is_nothing_to_another(
    tenant: Tenancy, people: Iterator[Visitor]
) -> None:
    one, other = next(people), next(people)
    one.fill_in(tenant, PARENT)
    assert "Doorwell" not in other.open("/refer/child")
    with other.client.session_transaction() as cookie:
        cookie["referral"] = "A" * 43
    assert "Nothing is kept here" in other.open("/refer/check")


def test_a_referral_of_another_authority_is_not_found(
    app: Flask, tenant: Tenancy, visitor: Visitor, coordinator: PageClient
) -> None:
    other = make_tenant(app)
    visitor.fill_in(tenant, PARENT)
    visitor.client.submit("/refer/check", {"website": "x"})
    page = held_one(tenant)
    assert coordinator.get(page.replace(tenant.slug, other.slug)).status_code == 404


def test_the_public_reads_nothing_that_it_handed_in(tenant: Tenancy, visitor: Visitor) -> None:
    visitor.fill_in(tenant, PARENT)
    visitor.send()
    with (
        pytest.raises(sa.exc.ProgrammingError, match="permission denied"),
        scoped(Scope.public()) as session,
    ):
        session.execute(sa.text("SELECT id FROM front_referral"))
    # Nor does it say that an authority's officer sent something, or that a case was opened.
    for column, value in (("came_by", "authority"), ("state", "discarded")):
        row = {
            "tenant_id": tenant.id, "id": tenant.id, "receipt": "AAAA", "came_by": "front_door",
            "route": "parent", "told": "{}", "received_at": dt.datetime(2026, 6, 10, tzinfo=dt.UTC),
            "source_key": "", "state": "held", "held_because": "", column: value,
        }  # fmt: skip
        names = ", ".join(row)
        values = ", ".join(f":{name}" for name in row)
        statement = sa.text(f"INSERT INTO front_referral ({names}) VALUES ({values})")
        with (
            pytest.raises(sa.exc.ProgrammingError, match="row-level security"),
            scoped(Scope.public()) as session,
        ):
            session.execute(statement, row)
