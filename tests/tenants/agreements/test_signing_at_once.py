"""Two signatures for the same side at one moment: one counts, the other is told so."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from saas.database.base import new_id
from saas.database.connections import owner_connection
from saas.database.scope import Scope, scoped
from tenants.agreements.models import Agreement, AgreementSignature
from tenants.agreements.signing import sign
from tenants.agreements.text import signers_of
from tenants.casework.kinds import Side
from tenants.casework.row_columns import Actor
from tests.factories import NOW
from tests.tenants.agreements.makers import (
    Agreed,
    LinkToSign,
    agreed_case,
    make_link_to_sign,
    write_and_send,
)

pytestmark = pytest.mark.usefixtures("standing_clock")


def sign_and_hold(
    app: Flask, agreed: Agreed, side: Side, made: LinkToSign | None, submit: threading.Thread
) -> None:
    """Sign in one transaction; before that is committed, another comes that has to wait."""
    scope = (
        Scope.signer(agreed.tenant.id, made.agreement_id, made.id)
        if made
        else Scope.family(agreed.tenant.id, agreed.case_id)
        if side is Side.FAMILY
        else Scope.authority(agreed.tenant.id, new_id())
    )
    with scoped(scope) as session:
        agreement = session.scalars(
            sa.select(Agreement).where(Agreement.case_id == agreed.case_id)
        ).one()
        (signer,) = [one for one in signers_of(agreement.content) if one.side is side]
        sign(
            session,
            agreement,
            signer,
            typed_name="First",
            by=Actor(scope.acting, "First", NOW),
            link_id=made.id if made else None,
        )
        submit.start()
        _until_somebody_waits(app, submit)


def _until_somebody_waits(app: Flask, submit: threading.Thread) -> None:
    with owner_connection(app.extensions["settings"]) as watching:
        while submit.is_alive():
            (waiting,) = watching.execute(
                "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype IN"
                " ('advisory', 'transactionid')"
            ).fetchone() or (0,)
            watching.rollback()
            if waiting:
                return


@pytest.mark.parametrize("side", [Side.AUTHORITY, Side.FAMILY, Side.HEALTH])
def test_the_second_of_two_signatures_at_one_moment_is_answered_clearly(
    app: Flask, side: Side
) -> None:
    agreed = agreed_case(app)
    made = make_link_to_sign(agreed) if side is Side.HEALTH else None
    if made is None:
        write_and_send(agreed)
    client, page = (
        (app.test_client(), made.page)
        if made
        else (agreed.family, f"{agreed.family_page}agreement")
        if side is Side.FAMILY
        else (agreed.authority, f"{agreed.own_case}/agreement")
    )
    answers: list[TestResponse] = []
    client.get(page)
    token = next(
        one.get("value")
        for one in client.page.all("input")  # type: ignore[attr-defined]
        if one.get("name") == "csrf_token"
    )
    submit = threading.Thread(
        target=lambda: answers.append(
            client.submit(page, {"agreed": "y", "typed_name": "Second"})  # type: ignore[attr-defined]
        )
    )
    sign_and_hold(app, agreed, side, made, submit)
    submit.join(30)

    (second,) = answers
    assert second.status_code == 422
    assert "This is signed already" in second.text
    with scoped(Scope.provider(agreed.tenant.id, None)) as session:
        names = session.scalars(
            sa.select(AgreementSignature.typed_name).where(
                AgreementSignature.case_id == agreed.case_id
            )
        ).all()
    assert names == ["First"]
    # Whoever comes later still, from a page that stood open, is told as plainly.
    late = client.post(page, data={"csrf_token": token, "agreed": "y", "typed_name": "Third"})
    assert late.status_code == 302
    assert "There is nothing left for you to sign" in client.get(page).text
