"""Passkeys: what the browser is asked, and whether its answer is right (WebAuthn level 3)."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from urllib.parse import urlsplit

import flask
import sqlalchemy as sa
from flask import current_app, request
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import (
    base64url_to_bytes,
    bytes_to_base64url,
    parse_authentication_credential_json,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from saas.database.scope import ScopedSession
from saas.identity.second_factor import Passkey, ProofRefused
from saas.identity.signed_in import SignedIn

# The challenge that the browser's answer must hold.
CHALLENGE = "challenge"
_TRY_AGAIN = "The passkey was not accepted. Try again, or enter a code"


def _origin() -> str:
    """The address of the service as browsers see it."""
    public = str(current_app.extensions["settings"].public_url).rstrip("/")
    return public or request.host_url.rstrip("/")


def _place() -> str:
    return urlsplit(_origin()).hostname or ""


def options_to_make(person: SignedIn, known: Sequence[Passkey]) -> str:
    """What the browser is asked so that it makes a passkey, as JSON."""
    options = generate_registration_options(
        rp_id=_place(),
        rp_name=str(current_app.extensions["settings"].provider_name),
        user_id=person.id.bytes,
        user_name=person.email,
        user_display_name=person.name,
        exclude_credentials=[PublicKeyCredentialDescriptor(id=key.credential_id) for key in known],
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED,
            user_verification=UserVerificationRequirement.PREFERRED,
        ),
    )
    flask.session[CHALLENGE] = bytes_to_base64url(options.challenge)
    return options_to_json(options)


def keep_passkey(
    session: ScopedSession, person_id: uuid.UUID, answer: str, name: str, *, at: dt.datetime
) -> None:
    """Keep the passkey that the browser made.

    Raises:
        ProofRefused: the answer is not what was asked.
    """
    try:
        made = verify_registration_response(
            credential=answer,
            expected_challenge=_expected(),
            expected_rp_id=_place(),
            expected_origin=_origin(),
        )
    except (WebAuthnException, ValueError):
        raise ProofRefused("The passkey was not made. Try again") from None
    session.add(
        Passkey(
            person_id=person_id,
            credential_id=made.credential_id,
            public_key=made.credential_public_key,
            sign_count=made.sign_count,
            name=name.strip()[:60] or "Passkey",
            made_at=at,
            used_at=None,
        )
    )
    session.flush()


def options_to_use(known: Sequence[Passkey]) -> str:
    """What the browser is asked so that it uses one of these passkeys, as JSON."""
    options = generate_authentication_options(
        rp_id=_place(),
        allow_credentials=[PublicKeyCredentialDescriptor(id=key.credential_id) for key in known],
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    flask.session[CHALLENGE] = bytes_to_base64url(options.challenge)
    return options_to_json(options)


def check_passkey(
    session: ScopedSession, person_id: uuid.UUID, answer: str, *, at: dt.datetime
) -> None:
    """Take the answer of a passkey, once.

    Raises:
        ProofRefused: it is not this person's, or not what was asked.
    """
    try:
        told = parse_authentication_credential_json(answer)
        key = session.scalar(
            sa.select(Passkey)
            .where(Passkey.credential_id == told.raw_id, Passkey.person_id == person_id)
            .with_for_update()
        )
        if key is None:
            raise ProofRefused(_TRY_AGAIN)
        used = verify_authentication_response(
            credential=answer,
            expected_challenge=_expected(),
            expected_rp_id=_place(),
            expected_origin=_origin(),
            credential_public_key=key.public_key,
            credential_current_sign_count=key.sign_count,
        )
    except (WebAuthnException, ValueError):
        raise ProofRefused(_TRY_AGAIN) from None
    key.sign_count, key.used_at = used.new_sign_count, at
    session.flush()


def _expected() -> bytes:
    """The challenge that was put, which is answered once."""
    return base64url_to_bytes(flask.session.pop(CHALLENGE, ""))
