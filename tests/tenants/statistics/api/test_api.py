"""The API: keys, what they open, paging, ETags, limits, and what its own description promises."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import load_all_checks

from saas.app import create_app
from saas.database.base import db
from saas.database.scope import Scope, scoped
from saas.identity.permissions import AuthorityRole
from saas.identity.signed_in import Tenancy
from tenants.casework.kinds import Choice
from tenants.statistics.api import pages as api
from tenants.statistics.api.tokens import Allows, count_question, make_token, revoke, tokens
from tests.factories import client_of, make_person, make_tenant
from tests.tenants.statistics.caseload import choose, hold_mediation, make_referral

EVERYTHING = tuple(Allows)


def key_of(
    tenant: Tenancy, *allows: Allows, at: dt.datetime | None = None, days: int = 30
) -> dict[str, str]:
    at = at or dt.datetime.now(dt.UTC)
    with scoped(Scope.authority(tenant.id, None)) as session:
        key = make_token(
            session,
            name="Case system",
            allows=allows or EVERYTHING,
            expires_on=at.date() + dt.timedelta(days=days),
            at=at,
        )
    return {"Authorization": f"Bearer {key}"}


def get(app: Flask, path: str, headers: dict[str, str]) -> tuple[int, dict[str, object]]:
    response = app.test_client().get(f"/api/v1{path}", headers=headers)
    return response.status_code, json.loads(response.data or b"{}")


def test_a_key_reads_its_own_authority_and_no_other(app: Flask) -> None:
    mine, other = make_tenant(app), make_tenant(app)
    hold_mediation(app, mine, held=dt.date(2025, 3, 5))
    for _ in range(2):
        hold_mediation(app, other, held=dt.date(2025, 3, 5))
    headers = key_of(mine)
    assert get(app, "/measures?year=2025", headers)[1]["mediations_held"] == 1
    status, found = get(app, "/cases", headers)
    assert status == 200 and len(found["items"]) == 1  # type: ignore[arg-type]
    # The tenant in the key is a place to look in, not a right.
    foreign = headers["Authorization"].replace(mine.id.hex, other.id.hex)
    assert get(app, "/measures", {"Authorization": foreign})[0] == 401


def test_a_case_is_told_without_what_the_family_told_the_adviser(app: Flask) -> None:
    tenant = make_tenant(app)
    case_id = make_referral(app, tenant, opened_on=dt.date(2026, 5, 5))
    choose(app, tenant, case_id, dt.date(2026, 5, 6), Choice.THINKING)
    said = json.dumps(get(app, "/cases", key_of(tenant))[1])
    for secret in ("thinking", "Example", "jo@family.example", "07700"):
        assert secret not in said


@pytest.mark.parametrize(
    "header", ["", "Bearer ", "Bearer smk_x", "Basic abc", f"Bearer smk_{'0' * 32}_{'A' * 43}"]
)
def test_without_a_key_that_holds_nothing_is_said(app: Flask, header: str) -> None:
    response = app.test_client().get("/api/v1/measures", headers={"Authorization": header})
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


def test_an_ended_or_withdrawn_key_opens_nothing(app: Flask) -> None:
    tenant = make_tenant(app)
    long_ago = dt.datetime.now(dt.UTC) - dt.timedelta(days=90)
    assert get(app, "/measures", key_of(tenant, at=long_ago))[0] == 401
    headers = key_of(tenant)
    assert get(app, "/measures", headers)[0] == 200
    with scoped(Scope.authority(tenant.id, None)) as session:
        assert revoke(session, tokens(session)[0].id, at=dt.datetime.now(dt.UTC))
    assert get(app, "/measures", headers)[0] == 401


def test_a_key_asks_only_for_what_it_allows(app: Flask) -> None:
    headers = key_of(make_tenant(app), Allows.STATISTICS)
    assert get(app, "/measures", headers)[0] == 200
    assert get(app, "/breakdowns/need", headers)[0] == 200
    assert get(app, "/cases", headers)[0] == 403
    assert get(app, "/sen2", headers)[0] == 403


@pytest.mark.parametrize("asked", ["/measures?period=2024", "/cases?year=2024", "/sen2?yaer=2024"])
def test_a_parameter_that_is_none_is_refused_and_not_passed_over(app: Flask, asked: str) -> None:
    status, said = get(app, asked, key_of(make_tenant(app)))[:2]
    assert status == 422
    assert "There is no parameter" in str(said)


def test_what_has_not_changed_is_not_sent_again(app: Flask) -> None:
    tenant = make_tenant(app)
    headers = key_of(tenant)
    first = app.test_client().get("/api/v1/measures?year=2025", headers=headers)
    again = {**headers, "If-None-Match": first.headers["ETag"]}
    assert app.test_client().get("/api/v1/measures?year=2025", headers=again).status_code == 304
    hold_mediation(app, tenant, held=dt.date(2025, 3, 5))
    assert app.test_client().get("/api/v1/measures?year=2025", headers=again).status_code == 200


def test_a_key_that_asks_too_often_waits(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "PER_MINUTE", 3)
    headers = key_of(make_tenant(app))
    statuses = [get(app, "/measures", headers)[0] for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    # A question that is refused counts as well: nobody guesses without end.
    assert get(app, "/measures?year=nonsense", headers)[0] == 429
    assert get(app, "/measures", key_of(make_tenant(app)))[0] == 200


def test_the_limit_holds_over_every_process_that_serves(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "PER_MINUTE", 3)
    headers = key_of(make_tenant(app))
    another = create_app(app.extensions["settings"], TESTING=True)
    statuses = [get(one, "/measures", headers)[0] for one in (app, another, app, another)]
    assert statuses == [200, 200, 200, 429]
    with another.app_context():
        for engine in db.engines.values():
            engine.dispose()


def test_what_was_asked_in_the_minute_before_fades(app: Flask) -> None:
    tenant = make_tenant(app)
    key_of(tenant)
    at = dt.datetime(2026, 6, 10, 9, 30, 45, tzinfo=dt.UTC)

    def ask(seconds: int) -> float:
        with scoped(Scope.authority(tenant.id, None)) as session:
            later = at + dt.timedelta(seconds=seconds)
            return count_question(session, tokens(session)[0].id, at=later)

    assert [ask(0), ask(1), ask(2), ask(14)] == [1, 2, 3, 4]
    assert ask(15) == 5  # the next minute begins: all four of the one before still count
    assert ask(30) == 2 + 4 * 0.75
    assert ask(3600) == 1


def test_cases_come_in_pages(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "PAGE_SIZE", 2)
    tenant = make_tenant(app)
    for day in (1, 2, 3):
        make_referral(app, tenant, opened_on=dt.date(2026, 5, day))
    headers = key_of(tenant)
    first, second = (get(app, f"/cases?page={n}", headers)[1] for n in (1, 2))
    assert (len(first["items"]), first["more"]) == (2, True)  # type: ignore[arg-type]
    assert (len(second["items"]), second["more"]) == (1, False)  # type: ignore[arg-type]


def test_a_manager_makes_a_key_sees_it_once_and_withdraws_it(app: Flask) -> None:
    tenant = make_tenant(app)
    client = client_of(app, make_person(app, tenant=tenant, role=AuthorityRole.MANAGER))
    app.config["WTF_CSRF_ENABLED"] = False
    try:
        said = {"name": "Capita", "allows": ["statistics"], "days": "30"}
        made = client.post("/authority/api-keys", data=said).get_data(as_text=True)
        key = made.split('id="the-key">')[1].split("<")[0]
        assert key not in client.get("/authority/api-keys").get_data(as_text=True)
        with scoped(Scope.authority(tenant.id, None)) as session:
            token_id = tokens(session)[0].id
        client.post(f"/authority/api-keys/{token_id}/withdrawal")
    finally:
        app.config["WTF_CSRF_ENABLED"] = True
    assert get(app, "/measures", {"Authorization": f"Bearer {key}"})[0] == 401


def test_an_officer_makes_no_keys(app: Flask) -> None:
    officer = make_person(app, tenant=make_tenant(app), role=AuthorityRole.OFFICER)
    assert client_of(app, officer).get("/authority/api-keys").status_code == 403


@pytest.mark.parametrize("path", ["/measures", "/breakdowns/{by}", "/cases", "/sen2"])
def test_the_api_does_what_its_description_says_whatever_is_asked(
    app: Flask, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(api, "PER_MINUTE", 100_000)
    load_all_checks()
    tenant = make_tenant(app)
    hold_mediation(app, tenant, held=dt.date(2025, 3, 5), appeal=dt.date(2025, 6, 1))
    headers = key_of(tenant)
    described = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)

    @given(case=described[path]["GET"].as_strategy())
    @settings(
        max_examples=30,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def ask(case: Any) -> None:
        case.call_and_validate(headers=headers)

    ask()
