"""Personal links: a key in an address, for people who have no account.

The key is 256 random bits. The database keeps its SHA-256 alone, so that whoever reads the table
holds no key; a slow hash is for passwords, which can be guessed.
"""

from __future__ import annotations

import hashlib
import secrets
import uuid
from dataclasses import dataclass

from saas.identity.signed_in import Tenancy

TOKEN_BYTES = 32


@dataclass(frozen=True)
class PersonalLink:
    """A link that opens one case of one authority, for one person of the family."""

    id: uuid.UUID
    tenancy: Tenancy
    case_id: uuid.UUID
    party_id: uuid.UUID


@dataclass(frozen=True)
class SigningLink:
    """A link by which one of those who have to sign an agreement reads it and signs it."""

    id: uuid.UUID
    tenancy: Tenancy
    agreement_id: uuid.UUID
    # Which of those who have to sign it is for.
    signer: str


def new_token() -> str:
    """A key in the alphabet of addresses. It is shown once and kept nowhere."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def token_hash(token: str) -> str:
    """What is kept of a key."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
