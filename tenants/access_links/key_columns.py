"""What both kinds of links keep of their key, and of how it was used. The keys are nowhere."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped


class KeyColumns:
    """The columns of a link beside what it opens and for whom."""

    token_hash: Mapped[str]
    created_at: Mapped[dt.datetime]
    created_by_name: Mapped[str]
    expires_at: Mapped[dt.datetime]
    revoked_at: Mapped[dt.datetime | None]
    revoked_by_name: Mapped[str | None]
    last_used_at: Mapped[dt.datetime | None]
    # The e-mail that carries it; None for one that the provider handed over itself.
    message_id: Mapped[uuid.UUID | None]


def key_constraints() -> tuple[sa.Constraint, ...]:
    return (
        sa.ForeignKeyConstraint(["tenant_id", "message_id"], ["message.tenant_id", "message.id"]),
        sa.UniqueConstraint("tenant_id", "token_hash"),
        sa.CheckConstraint("token_hash ~ '^[0-9a-f]{64}$'", name="token_is_kept_as_its_hash"),
        sa.CheckConstraint(
            "(revoked_at IS NULL) = (revoked_by_name IS NULL)", name="a_revocation_names_someone"
        ),
    )


# What the provider may read of a link: all but the hash of its key.
READABLE = (
    "tenant_id",
    "id",
    "created_at",
    "created_by_name",
    "expires_at",
    "revoked_at",
    "revoked_by_name",
    "last_used_at",
    "message_id",
)
# What is written when a link is made.
MAKING = (
    "tenant_id",
    "id",
    "token_hash",
    "created_at",
    "created_by_name",
    "expires_at",
    "message_id",
)
# What looking a key up reads.
LOOKED_UP = ("tenant_id", "id", "token_hash", "expires_at", "revoked_at", "last_used_at")
