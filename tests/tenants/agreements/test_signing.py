"""An agreement from its first word to its last signature, through the doors of all three."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
import sqlalchemy as sa
from flask import Flask

from saas.database.scope import Scope, scoped
from saas.identity.permissions import AuthorityRole, ProviderRole
from tenants.agreements import signing
from tenants.agreements.models import Agreement, AgreementSignature
from tenants.agreements.signing import sweep
from tenants.agreements.text import hash_of, signers_of
from tenants.casework.case_view import case_for_provider
from tenants.casework.kinds import FactKind, Service
from tenants.casework.models import AgreedStep
from tenants.casework.record import RuleBroken
from tenants.casework.row_columns import Actor
from tests.factories import NOW, TODAY, client_of, make_person
from tests.tenants.agreements.makers import (
    HELD,
    STEP,
    Agreed,
    agreed_case,
    sign_as_authority,
    sign_as_family,
    write_and_send,
)

pytestmark = pytest.mark.usefixtures("standing_clock")


def facts_of(agreed: Agreed, kind: FactKind) -> list[tuple[dt.date, str, bool]]:
    with scoped(Scope.provider(agreed.tenant.id, None)) as session:
        view = case_for_provider(session, agreed.case_id)
        return [(e.on, e.by, e.stands) for e in view.timeline if e.kind is kind]


def steps_of(agreed: Agreed) -> list[AgreedStep]:
    with scoped(Scope.provider(agreed.tenant.id, None)) as session:
        steps = session.scalars(
            sa.select(AgreedStep)
            .where(AgreedStep.case_id == agreed.case_id)
            .order_by(AgreedStep.due_on)
        ).all()
        session.expunge_all()
        return list(steps)


def next_step(agreed: Agreed) -> tuple[str | None, str | None, str | None]:
    with scoped(Scope.provider(agreed.tenant.id, None)) as session:
        position = case_for_provider(session, agreed.case_id).position
        return position.next_step, position.waiting_for, position.next_clock


def test_an_agreement_is_made_when_the_last_of_all_signs(app: Flask) -> None:
    agreed = agreed_case(app)
    write_and_send(agreed)
    # The certificate is due first (K7); it hides nothing of the agreement.
    assert "Read and sign the agreement" in agreed.family.get(agreed.family_page).text
    assert "Read and sign the agreement" in agreed.authority.get(agreed.own_case).text
    page = agreed.family.get(f"{agreed.family_page}agreement").text
    assert "The authority will assess the child&#39;s needs" in page
    assert "within 14 weeks of the date of this agreement" in page

    sign_as_family(agreed)
    assert "We wait for the others to sign" in agreed.family.get(agreed.family_page).text
    assert facts_of(agreed, FactKind.AGREEMENT_MADE) == []
    assert facts_of(agreed, FactKind.AGREEMENT_SIGNED) == [(TODAY, "Jo Example", True)]
    assert steps_of(agreed) == []

    sign_as_authority(agreed)
    assert [on for on, _, _ in facts_of(agreed, FactKind.AGREEMENT_MADE)] == [TODAY]
    steps = steps_of(agreed)
    assert [(s.part, s.due_on, s.agreement_says_so) for s in steps] == [
        ("tell", dt.date(2026, 6, 24), False),
        ("final_plan", dt.date(2026, 9, 16), False),
    ]
    assert {s.who for s in steps} == {"Sam Officer"}
    for text in (
        agreed.family.get(f"{agreed.family_page}agreement").text,
        agreed.authority.get(f"{agreed.own_case}/agreement").text,
        agreed.provider.get(f"{agreed.case}/agreement").text,
    ):
        assert "Signed by everyone" in text
        assert "as Jo Example" in text
        assert "as Sam Officer" in text


def test_each_side_gets_the_same_paper_and_nobody_elses(app: Flask) -> None:
    agreed, other = agreed_case(app), agreed_case(app)
    for one in (agreed, other):
        write_and_send(one)
        sign_as_family(one)
        sign_as_authority(one)
    papers = set()
    for client, page in (
        (agreed.family, f"{agreed.family_page}agreement"),
        (agreed.authority, f"{agreed.own_case}/agreement"),
        (agreed.provider, f"{agreed.case}/agreement"),
    ):
        client.get(page)
        (href,) = [a.get("href") for a in client.page.all("a") if a.get("href").endswith(".pdf")]
        with client.get(href) as file:
            assert file.data.startswith(b"%PDF-")
            assert agreed.reference in file.headers["Content-Disposition"]
            papers.add(file.data)
        agreement_id = href.rsplit("/", 1)[1]
    assert len(papers) == 1
    assert other.family.get(f"{other.family_page}agreements/{agreement_id}").status_code == 404
    assert other.authority.get(f"/authority/agreements/{agreement_id}").status_code == 404


def test_a_date_of_the_parties_own_needs_the_mark_that_the_agreement_says_so(app: Flask) -> None:
    agreed = agreed_case(app)
    page = f"{agreed.case}/agreement/steps/new"
    own = {"due_on-day": "31", "due_on-month": "7", "due_on-year": "2026"}
    refused = agreed.provider.submit(page, {**STEP, **own})
    assert refused.status_code == 422
    assert "only if the agreement itself says so" in refused.text
    write_and_send(agreed, **own, agreement_says_so="y")
    assert "(reg 42(5))" in agreed.family.get(f"{agreed.family_page}agreement").text
    sign_as_authority(agreed)
    sign_as_family(agreed)
    assert [
        (s.part, s.due_on, s.default_due_on, s.agreement_says_so) for s in steps_of(agreed)
    ] == [
        ("tell", dt.date(2026, 6, 24), dt.date(2026, 6, 24), True),
        ("final_plan", dt.date(2026, 7, 31), dt.date(2026, 9, 16), True),
    ]


def test_the_day_of_the_meeting_may_be_the_day_of_the_agreement(app: Flask) -> None:
    agreed = agreed_case(app)
    page = f"{agreed.case}/agreement"
    agreed.provider.submit(f"{page}/steps/new", {**STEP, "kind": "school_only"})
    sent = agreed.provider.submit(f"{page}/sending", {"dated": "meeting"})
    assert sent.status_code == 302, sent.text
    sign_as_authority(agreed)
    sign_as_family(agreed)
    assert [on for on, _, _ in facts_of(agreed, FactKind.AGREEMENT_MADE)] == [HELD]
    assert [s.due_on for s in steps_of(agreed)] == [dt.date(2026, 6, 17)]


def test_a_change_is_a_new_version_and_voids_the_signatures(app: Flask) -> None:
    agreed = agreed_case(app)
    write_and_send(agreed)
    sign_as_family(agreed)
    page = f"{agreed.case}/agreement"
    agreed.provider.submit(page, {"wording": "We agreed something else."}, action=page)
    shown = agreed.family.get(f"{agreed.family_page}agreement").text
    assert "something else" not in shown, "a draft reaches nobody"
    assert agreed.provider.submit(f"{page}/sending", {}).status_code == 302
    sign_as_authority(agreed)
    assert facts_of(agreed, FactKind.AGREEMENT_MADE) == [], "the family signed the old text alone"
    shown = agreed.family.get(f"{agreed.family_page}agreement").text
    assert "something else" in shown
    assert "version 2" in shown
    sign_as_family(agreed)
    assert len(facts_of(agreed, FactKind.AGREEMENT_MADE)) == 1
    stands = [stands for _, _, stands in facts_of(agreed, FactKind.AGREEMENT_DRAFTED)]
    assert sorted(stands) == [False, False, True], "the old text, its taking back, the new text"


def test_a_text_that_was_called_back_is_signed_by_nobody(app: Flask) -> None:
    agreed = agreed_case(app)
    write_and_send(agreed)
    agreed.family.get(f"{agreed.family_page}agreement")
    called = agreed.provider.submit(
        f"{agreed.case}/agreement/calling-back", {"reason": "A name is wrong"}
    )
    assert called.status_code == 302, called.text
    page = agreed.family.get(f"{agreed.family_page}agreement").text
    assert "called back" in page
    assert "Sign the agreement" not in page
    with scoped(Scope.family(agreed.tenant.id, agreed.case_id)) as session:
        agreement = session.scalars(sa.select(Agreement)).one()
        signer = next(s for s in signers_of(agreement.content) if s.side == "family")
        by, link = Actor(None, "Jo", NOW), uuid.uuid4()
        with pytest.raises(RuleBroken, match="not for signing any more"):
            signing.sign(session, agreement, signer, typed_name="Jo", by=by, link_id=link)


def test_nothing_is_signed_without_the_tick_and_a_name(app: Flask) -> None:
    agreed = agreed_case(app)
    write_and_send(agreed)
    page = f"{agreed.family_page}agreement"
    assert agreed.family.submit(page, {"typed_name": "Jo Example"}).status_code == 422
    assert agreed.family.submit(page, {"agreed": "y"}).status_code == 422
    picture = agreed.family.submit(page, {"agreed": "y", "typed_name": "Jo 🙂"})
    assert picture.status_code == 422
    without = agreed.family.post(page, data={"agreed": "y", "typed_name": "Jo Example"})
    assert without.status_code == 422, "a form without its token signs nothing"
    assert facts_of(agreed, FactKind.AGREEMENT_SIGNED) == []


def test_a_signed_agreement_is_not_changed_sent_again_or_called_back(app: Flask) -> None:
    agreed = agreed_case(app)
    write_and_send(agreed)
    sign_as_family(agreed)
    sign_as_authority(agreed)
    page = f"{agreed.case}/agreement"
    agreed.provider.get(page)
    assert "Add a step" not in agreed.provider.get(page).text
    for act, fields in (
        ("steps/new", STEP),
        ("sending", {}),
        ("calling-back", {"reason": "No"}),
    ):
        assert agreed.provider.submit(f"{page}/{act}", fields).status_code == 422
    assert len(facts_of(agreed, FactKind.AGREEMENT_DRAFTED)) == 1


def test_health_signs_on_paper_and_counts_as_one_of_all(app: Flask) -> None:
    agreed = agreed_case(app)
    page = f"{agreed.case}/agreement"
    agreed.provider.submit(f"{page}/steps/new", STEP)
    agreed.provider.get(f"{page}/sending")
    family = next(
        one.get("value")
        for one in agreed.provider.page.all("input")
        if one.get("value").startswith("family ")
    )
    agreed.provider.submit(f"{page}/sending", {"signers": [family, "authority", "health"]})
    sign_as_family(agreed)
    sign_as_authority(agreed)
    assert facts_of(agreed, FactKind.AGREEMENT_MADE) == []
    recorded = agreed.provider.submit(
        f"{page}/paper-signature", {"signer": "health", "typed_name": "Dr Lee Example"}
    )
    assert recorded.status_code == 302, recorded.text
    assert len(facts_of(agreed, FactKind.AGREEMENT_MADE)) == 1
    assert "On paper" in agreed.family.get(f"{agreed.family_page}agreement").text or (
        "on paper" in agreed.family.get(f"{agreed.family_page}agreement").text
    )


def test_copies_are_recorded_when_everyone_has_signed(app: Flask) -> None:
    agreed = agreed_case(app)
    write_and_send(agreed)
    copies = {"to": ["family", "authority"], "way": "Post"}
    page = f"{agreed.case}/agreement/copies"
    assert agreed.provider.submit(page, copies).status_code == 422
    sign_as_family(agreed)
    sign_as_authority(agreed)
    assert agreed.provider.submit(page, copies).status_code == 302
    assert "Copies sent on" in agreed.provider.get(f"{agreed.case}/agreement").text


def test_what_disagreement_resolution_agrees_has_its_own_dates_and_no_statutory_clock(
    app: Flask,
) -> None:
    agreed = agreed_case(
        app, service=Service.DISAGREEMENT_RESOLUTION, decision_type=None, notice_sent=None
    )
    page = f"{agreed.case}/agreement/steps/new"
    said = {k: v for k, v in STEP.items() if k != "kind"}
    assert agreed.provider.submit(page, said).status_code == 422
    own = {"due_on-day": "1", "due_on-month": "7", "due_on-year": "2026"}
    assert agreed.provider.submit(page, {**said, **own}).status_code == 302
    agreed.provider.submit(f"{agreed.case}/agreement/sending", {})
    assert next_step(agreed)[:2] == ("Sign the agreement", "authority")
    sign_as_authority(agreed)
    assert next_step(agreed)[:2] == ("Sign the agreement", "family")
    sign_as_family(agreed)
    (step,) = steps_of(agreed)
    assert (step.due_on, step.default_due_on) == (dt.date(2026, 7, 1), dt.date(2026, 7, 1))
    assert next_step(agreed) == ("Do the agreed step", "authority", None)


def test_the_sweep_completes_what_was_cut_short_and_is_safe_to_repeat(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    agreed = agreed_case(app)
    write_and_send(agreed)
    with monkeypatch.context() as cut:
        cut.setattr(signing, "complete", lambda *a, **k: 1 / 0)
        sign_as_family(agreed)
        sign_as_authority(agreed)
    assert facts_of(agreed, FactKind.AGREEMENT_SIGNED) == []
    later = NOW + dt.timedelta(minutes=20)
    assert sweep(before=later, at=later) == 1
    assert sweep(before=later, at=later) == 0
    assert len(facts_of(agreed, FactKind.AGREEMENT_SIGNED)) == 2
    assert len(facts_of(agreed, FactKind.AGREEMENT_MADE)) == 1


def test_a_mediator_writes_the_agreement_of_an_appointed_case_alone(app: Flask) -> None:
    agreed = agreed_case(app)
    mediator = client_of(app, make_person(app, role=ProviderRole.MEDIATOR))
    assert mediator.get(f"{agreed.case}/agreement").status_code == 403
    finance = client_of(app, make_person(app, tenant=agreed.tenant, role=AuthorityRole.FINANCE))
    assert finance.get(f"{agreed.own_case}/agreement").status_code == 403


def test_the_hash_is_of_the_text_as_the_database_gives_it_back(app: Flask) -> None:
    agreed = agreed_case(app)
    write_and_send(agreed)
    sign_as_family(agreed)
    with scoped(Scope.provider(agreed.tenant.id, None)) as session:
        kept = session.scalars(sa.select(Agreement)).one()
        signature = session.scalars(sa.select(AgreementSignature)).one()
        assert kept.text_hash == hash_of(kept.content) == signature.text_hash


def test_a_signature_bears_the_name_of_whoever_signs(app: Flask) -> None:
    agreed = agreed_case(app)
    write_and_send(agreed)
    page = f"{agreed.family_page}agreement"
    other = agreed.family.submit(page, {"agreed": "y", "typed_name": "Sam Officer"})
    assert other.status_code == 422
    assert "Type your name as we know it: Jo Example" in other.text
    own = agreed.family.submit(page, {"agreed": "y", "typed_name": "Mrs jo  EXAMPLE"})
    assert own.status_code == 302, own.text
    page = f"{agreed.own_case}/agreement"
    other = agreed.authority.submit(page, {"agreed": "y", "typed_name": "Jo Example"})
    assert other.status_code == 422
    assert "Type your name as we know it: Sam Officer" in other.text
