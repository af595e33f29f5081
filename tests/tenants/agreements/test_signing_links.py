"""Health signs by a link to one agreement: made, e-mailed, used, revoked, and dead in time."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask

from saas.config import Settings
from saas.database.scope import Scope, scoped
from saas.identity.personal_link import token_hash
from saas.messages.models import Message
from tenants.access_links.signing_models import SigningLink
from tenants.agreements.models import AgreementSignature
from tenants.notices.models import CaseNotice
from tenants.notices.post import post_notices
from tests.factories import NOW
from tests.saas.messages.mail_server import MailServerDouble, mail_server
from tests.tenants.agreements.makers import (
    Agreed,
    LinkToSign,
    agreed_case,
    make_link_to_sign,
    sign_as_authority,
    sign_as_family,
    signers_with,
    write_and_send,
)
from tests.tenants.notices.posting import plain

pytestmark = pytest.mark.usefixtures("standing_clock")

NAME = "Dr Morgan Health"


def links_page(agreed: Agreed) -> str:
    return f"{agreed.case}/agreement/signing-links"


def sign_by(app: Flask, page: str, name: str = NAME) -> int:
    signed = app.test_client().submit(  # type: ignore[attr-defined]
        page, {"agreed": "y", "typed_name": name}
    )
    return int(signed.status_code)


def status_of(app: Flask, page: str) -> int:
    with app.test_client().get(page) as answer:
        return answer.status_code


def pdf_of(app: Flask, page: str) -> bytes:
    with app.test_client().get(page) as answer:
        assert answer.mimetype == "application/pdf", answer.status_code
        return bytes(answer.data)


def test_an_agreement_is_signed_by_family_authority_and_health_each_in_its_own_way(
    app: Flask,
) -> None:
    """From the coordinator's draft to everyone's copy, through the doors."""
    agreed = agreed_case(app, health_issue=True)
    write_and_send(agreed, signers_with(agreed, "health"))
    sign_as_family(agreed)
    sign_as_authority(agreed)
    assert "Signed by everyone" not in agreed.authority.get(f"{agreed.own_case}/agreement").text

    page = agreed.provider.get(f"{agreed.case}/agreement")
    assert "Links to sign by" in page.text
    shown = agreed.provider.submit(links_page(agreed), {"signer": "health"})
    assert shown.status_code == 200
    (address,) = [
        one.get("value") for one in agreed.provider.page.all("input") if one.get("id") == "link"
    ]
    path = urlsplit(address).path
    assert re.fullmatch(r"/sign/[\w-]{43}/", path)
    assert path not in agreed.provider.get(links_page(agreed)).text, "shown once"

    health = app.test_client()
    text = health.get(path).text
    assert "We agreed to look again." in text and "Integrated care board" in text
    assert "as Jo Example" in text and "as Sam Officer" in text
    assert agreed.reference in text
    assert sign_by(app, path) == 302
    signed = health.get(path).text
    assert "Signed by everyone" in signed and f"as {NAME}" in signed
    assert "I have read it" not in signed
    for client, where in (
        (agreed.family, f"{agreed.family_page}agreement"),
        (agreed.authority, f"{agreed.own_case}/agreement"),
        (agreed.provider, f"{agreed.case}/agreement"),
    ):
        there = client.get(where).text
        assert "Signed by everyone" in there and f"as {NAME}" in there
    copies = {
        pdf_of(app, f"{path}agreement.pdf"),
        *(
            client.get(href).data
            for client, where in (
                (agreed.family, f"{agreed.family_page}agreement"),
                (agreed.authority, f"{agreed.own_case}/agreement"),
            )
            for href in [_pdf_on(client, where)]
        ),
    }
    assert len(copies) == 1, "each has the very same paper"
    # Nothing is left to sign, also for who sends the form again.
    again = health.post(path, data={"agreed": "y", "typed_name": "X"})
    assert again.status_code == 302


def _pdf_on(client: object, where: str) -> str:
    client.get(where)  # type: ignore[attr-defined]
    hrefs = [a.get("href") for a in client.page.all("a")]  # type: ignore[attr-defined]
    (href,) = [href for href in hrefs if href.endswith(".pdf")]
    return str(href)


def test_a_school_and_somebody_else_sign_too(app: Flask) -> None:
    agreed = agreed_case(app)
    write_and_send(agreed, {"school": "Ms Head, Example Primary", "other": "A. Advocate"})
    sign_as_family(agreed)
    sign_as_authority(agreed)
    for key in ("school", "other"):
        agreed.provider.submit(links_page(agreed), {"signer": key}, action=links_page(agreed))
        (address,) = [
            one.get("value") for one in agreed.provider.page.all("input") if one.get("id") == "link"
        ]
        assert sign_by(app, urlsplit(address).path, f"Signer of {key}") == 302
    text = agreed.family.get(f"{agreed.family_page}agreement").text
    assert "Signed by everyone" in text
    assert "as Signer of school" in text and "as Signer of other" in text
    with scoped(Scope.provider(agreed.tenant.id, None)) as session:
        ways = session.execute(
            sa.select(AgreementSignature.signer, AgreementSignature.way).where(
                AgreementSignature.case_id == agreed.case_id,
                AgreementSignature.signing_link_id.is_not(None),
            )
        ).all()
    assert sorted(map(tuple, ways)) == [("other", "personal_link"), ("school", "personal_link")]


def test_only_the_hash_of_a_key_is_kept(app: Flask) -> None:
    agreed = agreed_case(app)
    made = make_link_to_sign(agreed)
    with scoped(Scope.identity()) as session:
        kept = session.scalars(
            sa.select(SigningLink.token_hash).where(SigningLink.id == made.id)
        ).one()
    assert kept == token_hash(made.token)


def test_neither_family_nor_authority_gets_such_a_link(app: Flask) -> None:
    agreed = agreed_case(app)
    write_and_send(agreed)
    page = agreed.provider.get(links_page(agreed)).text
    assert "Nobody has to sign by a link now" in page
    assert "Links to sign by" not in agreed.provider.get(f"{agreed.case}/agreement").text


def _revoke(agreed: Agreed, made: LinkToSign) -> None:
    action = f"{links_page(agreed)}/{made.id}/revocation"
    answer = agreed.provider.submit(links_page(agreed), {}, action=action)
    assert answer.status_code == 302


def _call_back(agreed: Agreed, made: LinkToSign) -> None:
    answer = agreed.provider.submit(f"{agreed.case}/agreement/calling-back", {"reason": "A date"})
    assert answer.status_code == 302


def _send_anew(agreed: Agreed, made: LinkToSign) -> None:
    answer = agreed.provider.submit(
        f"{agreed.case}/agreement/sending", signers_with(agreed, "health")
    )
    assert answer.status_code == 302


@pytest.mark.parametrize("end", [_revoke, _call_back, _send_anew])
def test_a_link_dies_when_it_is_revoked_or_its_text_is_called_back_or_replaced(
    app: Flask, end: object
) -> None:
    agreed = agreed_case(app)
    made = make_link_to_sign(agreed)
    assert status_of(app, made.page) == 200
    end(agreed, made)  # type: ignore[operator]
    gone = app.test_client().get(made.page)
    assert gone.status_code == 404 and "This link no longer works" in gone.text
    assert status_of(app, f"{made.page}agreement.pdf") == 404
    posted = app.test_client().post(made.page, data={"agreed": "y", "typed_name": NAME})
    assert posted.status_code == 404
    with scoped(Scope.provider(agreed.tenant.id, None)) as session:
        there = session.scalar(
            sa.select(sa.func.count()).where(AgreementSignature.case_id == agreed.case_id)
        )
    assert there == 0


def test_a_link_runs_out_after_thirty_days(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    agreed = agreed_case(app)
    made = make_link_to_sign(agreed)
    for days, status in ((29, 200), (30, 404)):
        later = NOW + dt.timedelta(days=days)
        monkeypatch.setattr("tenants.agreements.signing_links.now", lambda later=later: later)
        assert status_of(app, made.page) == status


def test_what_is_missing_is_said_at_its_field_and_nothing_is_signed(app: Flask) -> None:
    agreed = agreed_case(app)
    made = make_link_to_sign(agreed)
    client = app.test_client()
    answer = client.submit(made.page, {"typed_name": ""})  # type: ignore[attr-defined]
    assert answer.status_code == 422
    assert "Tick that you have read it" in answer.text
    assert "Type your full name to sign" in answer.text
    assert "as " + NAME not in client.get(made.page).text


def test_nothing_of_the_key_or_the_child_is_told_on(app: Flask) -> None:
    agreed = agreed_case(app)
    made = make_link_to_sign(agreed)
    answer = app.test_client().get(made.page)
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.fixture
def smtp(fresh_app: Flask, fresh_settings: Settings) -> Iterator[MailServerDouble]:
    with mail_server() as double:
        fresh_app.extensions["settings"] = fresh_settings.model_copy(
            update={
                "mail_url": type(fresh_settings.mail_url)(double.url),
                "public_url": "https://service.example",
            }
        )
        yield double


def test_a_link_is_emailed_and_made_only_as_the_message_leaves(
    fresh_app: Flask, smtp: MailServerDouble
) -> None:
    agreed = agreed_case(fresh_app, given_name="Zephyrine", family_name="Quillfeather")
    write_and_send(agreed, signers_with(agreed, "health"))
    post_notices(at=NOW)
    before = len(smtp.arrived)
    page = links_page(agreed)
    client = agreed.provider
    missing = client.submit(page, {"signer": "health", "by_email": "y"})
    assert missing.status_code == 422 and "Enter the e-mail address" in missing.text
    asked = client.submit(
        page, {"signer": "health", "email": "morgan@icb.example", "by_email": "y"}
    )
    assert asked.status_code == 302
    with scoped(Scope.provider(agreed.tenant.id, None)) as session:
        assert session.scalars(sa.select(SigningLink.id)).all() == [], "nothing to steal waits"
    post_notices(at=NOW)
    (mail,) = smtp.arrived[before:]
    assert mail["To"] == "morgan@icb.example"
    whole = mail.as_string() + plain(mail)
    assert "Zephyrine" not in whole and "Quillfeather" not in whole
    assert "an agreement for you to sign" in mail["Subject"]
    assert "works until Friday 10 July 2026" in plain(mail)
    (path,) = set(re.findall(r"https://service\.example(/sign/[\w-]+/)", plain(mail)))
    token = path.split("/")[2]
    with scoped(Scope.worker(agreed.tenant.id)) as session:
        kept = [
            str({c.name: getattr(row, c.name) for c in row.__table__.columns})
            for table in (Message, CaseNotice)
            for row in session.scalars(sa.select(table))
        ]
    assert not [one for one in kept if token in one]
    assert "in an e-mail" in client.get(page).text
    listed = client.get(f"{agreed.case}/messages").text
    assert "Health (ICB)" in listed and "morgan" in listed
    assert sign_by(fresh_app, path) == 302
    assert f"as {NAME}" in agreed.authority.get(f"{agreed.own_case}/agreement").text
