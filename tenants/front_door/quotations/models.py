"""The one table of the quotations. It names no case and no authority; withdrawn words are gone."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from saas.database.base import READ, WRITE, Base, Grant, Wall, new_id
from saas.database.scope import LoginRole
from tenants.casework.kinds import one_of as known
from tenants.feedback.models import Participant

LONGEST = 600  # characters


class Quotation(Base):
    """Words out of an evaluation whose participant lets them be quoted."""

    __tablename__ = "quotation"
    __table_args__ = (
        sa.CheckConstraint(known("participant", Participant), name="participant_is_known"),
        sa.CheckConstraint(f"length(words) <= {LONGEST}", name="is_short"),
        sa.CheckConstraint(
            "(withdrawn_at IS NULL) = (words <> '')", name="withdrawn_words_are_gone"
        ),
        sa.Index("ix_quotation_shown", "shown_from", postgresql_where=sa.text("words <> ''")),
    )
    wall: ClassVar[Wall] = Wall(
        tenant_column=None,
        grants={
            LoginRole.PUBLIC: Grant(select=("id", "participant", "words", "shown_from")),
            LoginRole.PROVIDER_READER: READ,
            LoginRole.PROVIDER: READ,
            LoginRole.PANEL: WRITE,
        },
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    evaluation_id: Mapped[uuid.UUID] = mapped_column(unique=True)
    participant: Mapped[str]
    words: Mapped[str]
    shown_from: Mapped[dt.datetime]
    shown_by: Mapped[uuid.UUID | None]
    withdrawn_at: Mapped[dt.datetime | None]
