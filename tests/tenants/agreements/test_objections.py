"""Points 9 and 22: a signer asks or disagrees, and takes a signature back until all have signed."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from saas.database.scope import Scope, scoped
from tenants.agreements import objections
from tenants.agreements.models import AgreementObjection
from tenants.agreements.signing_links import make_signing_link
from tenants.casework.kinds import FactKind
from tenants.casework.queries import load_record
from tenants.notices.models import CaseNotice
from tests.bracketed import bracket, left_out
from tests.factories import NOW, actor
from tests.page_client import PageClient
from tests.tenants.agreements.makers import (
    Agreed,
    agreed_case,
    sign_as_authority,
    sign_as_family,
    signers_with,
    write_and_send,
)
from tests.tenants.mediation.test_days_to_meet import asked

pytestmark = pytest.mark.usefixtures("standing_clock")

WORDS = {"words": "The second step is not what we agreed"}


@pytest.fixture
def agreed(app: Flask) -> Agreed:
    case = agreed_case(app)
    write_and_send(case)
    return case


def is_out(agreed: Agreed) -> bool:
    with scoped(Scope.provider(agreed.tenant.id, None)) as session:
        return load_record(session, agreed.case_id).has(FactKind.AGREEMENT_DRAFTED)


def said(agreed: Agreed) -> list[AgreementObjection]:
    with scoped(Scope.provider(agreed.tenant.id, None)) as session:
        found = list(session.scalars(sa.select(AgreementObjection)))
        session.expunge_all()
        return found


def test_every_word_of_an_objection_comes_from_the_catalogue(
    agreed: Agreed, monkeypatch: pytest.MonkeyPatch
) -> None:
    bracket(monkeypatch)
    known = (agreed.tenant.name, agreed.reference, "Jo Example")
    form = f"{agreed.family_page}agreement/objection"
    agreed.family.get(f"{form}?lang=pl")
    assert left_out(agreed.family.page, *known) == []
    assert agreed.family.submit(form, {"words": " "}).status_code == 422
    assert left_out(agreed.family.page, *known) == []
    sign_as_family(agreed)
    token = next(
        one.get("value")
        for one in agreed.family.page.all("input")
        if one.get("name") == "csrf_token"
    )
    agreed.family.post(form, data={**WORDS, "csrf_token": token})
    assert left_out(agreed.family.page, *known) == []
    agreed.family.submit(form, WORDS, follow_redirects=True)
    assert "⟦Your signature is taken back" in agreed.family.page.text


def test_a_family_asks_before_it_signs_and_the_provider_alone_reads_it(agreed: Agreed) -> None:
    assert "Ask, or say what is wrong" in agreed.family.get(f"{agreed.family_page}agreement").text
    form = f"{agreed.family_page}agreement/objection"
    assert agreed.family.submit(form, {"words": " "}).status_code == 422
    assert asked(agreed.family, form, WORDS) == "", "nothing is undone by a question"
    (one,) = said(agreed)
    assert (one.side, one.takes_back, one.words) == ("family", False, WORDS["words"])
    assert one.taken_in_at is not None
    assert is_out(agreed), "a question calls nothing back"
    assert WORDS["words"] in agreed.provider.get(f"{agreed.case}/agreement").text
    assert WORDS["words"] not in agreed.authority.get(f"{agreed.own_case}/agreement").text
    with scoped(Scope.worker(agreed.tenant.id)) as session:
        notices = session.scalars(
            sa.select(CaseNotice.audience).where(CaseNotice.event == "agreement_questioned")
        ).all()
    assert notices == ["provider"]


def test_a_signature_is_taken_back_after_being_asked_once_more(agreed: Agreed) -> None:
    sign_as_authority(agreed)
    page = agreed.authority.get(f"{agreed.own_case}/agreement").text
    assert "Take the signature back" in page
    form = f"{agreed.own_case}/agreement/objection"
    assert "Take your signature back?" in asked(agreed.authority, form, WORDS)
    assert said(agreed) == [], "asked first"
    assert agreed.authority.submit(form, WORDS).status_code == 302
    (one,) = said(agreed)
    assert one.takes_back
    assert not is_out(agreed)
    with scoped(Scope.provider(agreed.tenant.id, None)) as session:
        assert not load_record(session, agreed.case_id).has(FactKind.AGREEMENT_SIGNED)
    assert "called back" in agreed.family.get(f"{agreed.family_page}agreement").text
    write_and_send(agreed)
    sign_as_family(agreed)
    sign_as_authority(agreed)
    with scoped(Scope.provider(agreed.tenant.id, None)) as session:
        assert load_record(session, agreed.case_id).has(FactKind.AGREEMENT_MADE)


def test_what_everyone_signed_is_relied_on(agreed: Agreed) -> None:
    sign_as_family(agreed)
    sign_as_authority(agreed)
    for client, page in (
        (agreed.family, f"{agreed.family_page}agreement"),
        (agreed.authority, f"{agreed.own_case}/agreement"),
    ):
        assert "signature back" not in client.get(page).text
        assert client.get(f"{page}/objection").status_code == 302
    assert said(agreed) == []


def test_what_was_cut_short_is_taken_in_by_the_sweep(
    agreed: Agreed, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_as_family(agreed)

    def cut_short(*_: object, **__: object) -> int:
        raise RuntimeError("the process was killed")

    with monkeypatch.context() as broken:
        broken.setattr(objections, "take_in", cut_short)
        form = f"{agreed.family_page}agreement/objection"
        assert agreed.family.submit(form, WORDS).status_code == 302
    assert is_out(agreed) and said(agreed)[0].taken_in_at is None
    later = NOW.replace(hour=12)
    assert objections.sweep(before=later, at=later) == 1
    assert not is_out(agreed) and said(agreed)[0].taken_in_at == later
    assert objections.sweep(before=later, at=later) == 0


def test_one_who_signs_by_a_link_asks_and_takes_back_too(app: Flask) -> None:
    agreed = agreed_case(app, health_issue=True)
    write_and_send(agreed, signers_with(agreed, "health"))
    with scoped(Scope.provider(agreed.tenant.id, None)) as session:
        page = f"/sign/{make_signing_link(session, agreed.case_id, 'health', by=actor()).token}/"
    client = PageClient(app)
    assert "Ask, or say what is wrong" in client.get(page).text
    assert client.submit(f"{page}objection", WORDS).status_code == 302
    assert client.submit(page, {"agreed": "y", "typed_name": "Sam Board"}).status_code == 302
    assert "Take my signature back" in client.get(page).text
    assert client.submit(f"{page}objection", WORDS).status_code == 302
    assert [(one.side, one.takes_back) for one in said(agreed)] == [
        ("health", False),
        ("health", True),
    ]
    assert not is_out(agreed)
    assert client.get(f"{page}objection").status_code in (404, 410)
