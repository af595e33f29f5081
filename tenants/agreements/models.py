"""The tables of an agreement. A draft may change; what was sent to be signed never does.

No login role may change or delete a row of `agreement` or `agreement_signature`: a change of the
text is a new version, with no signature on it.
"""

from __future__ import annotations

import datetime as dt
import uuid
from enum import StrEnum
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from saas.database.base import (
    ALL,
    APPEND,
    ERASE,
    READ,
    WRITE,
    WRITE_AND_DELETE,
    Base,
    Grant,
    TenantRow,
)
from saas.database.base import Wall as _Wall
from saas.database.scope import LoginRole
from tenants.casework.audiences import OF_FAMILYS_CASE
from tenants.casework.kinds import Side
from tenants.casework.kinds import one_of as known


class Way(StrEnum):
    """How somebody signed."""

    SIGN_IN = "sign_in"
    PERSONAL_LINK = "personal_link"
    PAPER = "paper"


def _of_case() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["tenant_id", "case_id"], ["sen_case.tenant_id", "sen_case.id"])


class AgreementDraft(TenantRow, Base):
    """What is being written before it is sent. It is the provider's alone."""

    __tablename__ = "agreement_draft"
    __table_args__ = (_of_case(), sa.UniqueConstraint("tenant_id", "case_id"))
    wall: ClassVar[_Wall] = _Wall(grants={LoginRole.ERASER: ERASE, LoginRole.PROVIDER: WRITE})

    case_id: Mapped[uuid.UUID]
    # What was agreed beside the steps, in the participants' words.
    wording: Mapped[str]
    updated_at: Mapped[dt.datetime]
    updated_by_name: Mapped[str]


class AgreementDraftStep(TenantRow, Base):
    """A step as it stands in the draft: who does what by when."""

    __tablename__ = "agreement_draft_step"
    __table_args__ = (
        _of_case(),
        sa.Index("ix_agreement_draft_step_tenant_id_case_id", "tenant_id", "case_id"),
        sa.CheckConstraint(known("responsible", Side), name="responsible_is_known"),
        # SEND Regs 2014 reg 42(5): another period counts only if the parties agree it in writing.
        sa.CheckConstraint(
            "agreed_due_on IS NULL OR agreement_says_so", name="another_date_is_in_the_agreement"
        ),
    )
    wall: ClassVar[_Wall] = _Wall(
        grants={LoginRole.ERASER: ERASE, LoginRole.PROVIDER: WRITE_AND_DELETE}
    )

    case_id: Mapped[uuid.UUID]
    kind: Mapped[str]
    wording: Mapped[str]
    responsible: Mapped[str]
    who: Mapped[str]
    agreed_due_on: Mapped[dt.date | None]
    agreement_says_so: Mapped[bool]


class Agreement(TenantRow, Base):
    """One version of the text, as it was sent to be signed, and the hash of it."""

    __tablename__ = "agreement"
    __table_args__ = (
        _of_case(),
        sa.UniqueConstraint("tenant_id", "case_id", "version"),
        # A signature names the text that was signed.
        sa.UniqueConstraint("tenant_id", "id", "case_id", "text_hash"),
        sa.CheckConstraint("text_hash ~ '^[0-9a-f]{64}$'", name="text_is_hashed"),
    )
    wall: ClassVar[_Wall] = _Wall(
        grants={
            LoginRole.ERASER: ERASE,
            LoginRole.PROVIDER: APPEND,
            LoginRole.PROVIDER_READER: READ,
            LoginRole.AUTHORITY: READ,
            LoginRole.FAMILY: Grant(select=ALL, rows=OF_FAMILYS_CASE),
            LoginRole.SIGNER: Grant(select=ALL, rows="id = scope_agreement()"),
        }
    )

    case_id: Mapped[uuid.UUID]
    version: Mapped[int]
    # What the paper says, word for word, and who has to sign it.
    content: Mapped[dict[str, Any]]
    text_hash: Mapped[str]
    sent_at: Mapped[dt.datetime]
    sent_by: Mapped[uuid.UUID | None]
    sent_by_name: Mapped[str]


SIGNATURE_SHOWN = (
    "tenant_id",
    "id",
    "agreement_id",
    "case_id",
    "text_hash",
    "signer",
    "side",
    "typed_name",
    "way",
    "signed_on",
    "signed_at",
)


OBJECTION_SAID = (
    "tenant_id",
    "id",
    "agreement_id",
    "case_id",
    "text_hash",
    "signer",
    "side",
    "takes_back",
    "words",
    "said_at",
    "said_by_name",
)


class AgreementSignature(TenantRow, Base):
    """That one of those who have to sign did: the name typed, the moment, and how.

    Each side signs for itself, by its own login role; the provider records what was signed on
    paper, and cannot write that anyone signed on a page. Whoever signs by a signing link signs
    for exactly whom the link is for, on exactly its text: the foreign key to the link says so.
    """

    __tablename__ = "agreement_signature"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["tenant_id", "agreement_id", "case_id", "text_hash"],
            ["agreement.tenant_id", "agreement.id", "agreement.case_id", "agreement.text_hash"],
            name="fk_agreement_signature_of_the_text",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "signing_link_id", "agreement_id", "signer", "side"],
            [
                "signing_link.tenant_id",
                "signing_link.id",
                "signing_link.agreement_id",
                "signing_link.signer",
                "signing_link.side",
            ],
            name="fk_agreement_signature_of_the_link",
        ),
        sa.UniqueConstraint("tenant_id", "agreement_id", "signer"),
        sa.CheckConstraint(known("side", Side), name="side_is_known"),
        sa.CheckConstraint(known("way", Way), name="way_is_known"),
        sa.CheckConstraint("length(trim(typed_name)) > 0", name="a_signature_has_a_name"),
    )
    wall: ClassVar[_Wall] = _Wall(
        grants={
            LoginRole.ERASER: ERASE,
            LoginRole.PROVIDER: Grant(select=ALL, insert=ALL, writes="way = 'paper'"),
            LoginRole.PROVIDER_READER: READ,
            LoginRole.AUTHORITY: Grant(
                select=SIGNATURE_SHOWN,
                insert=(*SIGNATURE_SHOWN, "person_id"),
                writes="side = 'authority' AND way = 'sign_in' AND person_id = scope_person()",
            ),
            LoginRole.FAMILY: Grant(
                select=SIGNATURE_SHOWN,
                insert=(*SIGNATURE_SHOWN, "link_id"),
                rows=OF_FAMILYS_CASE,
                writes="side = 'family' AND way = 'personal_link'",
            ),
            LoginRole.SIGNER: Grant(
                select=SIGNATURE_SHOWN,
                insert=(*SIGNATURE_SHOWN, "signing_link_id"),
                rows="agreement_id = scope_agreement()",
                writes="way = 'personal_link' AND signing_link_id = scope_signing_link()",
            ),
        }
    )

    agreement_id: Mapped[uuid.UUID]
    case_id: Mapped[uuid.UUID]
    text_hash: Mapped[str]
    # Whose signature it is: 'family' with the id of the person, or the word of another side.
    signer: Mapped[str]
    side: Mapped[str]
    typed_name: Mapped[str]
    way: Mapped[str]
    signed_on: Mapped[dt.date]
    signed_at: Mapped[dt.datetime]
    person_id: Mapped[uuid.UUID | None]
    # Of a family's link; of anybody else's.
    link_id: Mapped[uuid.UUID | None]
    signing_link_id: Mapped[uuid.UUID | None]
    recorded_by_name: Mapped[str | None]


class AgreementObjection(TenantRow, Base):
    """That one who has to sign asks, disagrees, or takes a signature back, in their own words.

    Each side speaks for itself, by its own login role, and the provider alone reads it. Once a
    signature is taken back the text is called back: `taken_in_at` says when that was done.
    """

    __tablename__ = "agreement_objection"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["tenant_id", "agreement_id", "case_id", "text_hash"],
            ["agreement.tenant_id", "agreement.id", "agreement.case_id", "agreement.text_hash"],
            name="fk_agreement_objection_of_the_text",
        ),
        sa.Index("ix_agreement_objection_tenant_id_case_id", "tenant_id", "case_id"),
        sa.Index(
            "ix_agreement_objection_waiting",
            "said_at",
            "tenant_id",
            postgresql_where=sa.text("taken_in_at IS NULL"),
        ),
        sa.CheckConstraint(known("side", Side), name="side_is_known"),
        sa.CheckConstraint("length(trim(words)) > 0", name="it_has_words"),
    )
    wall: ClassVar[_Wall] = _Wall(
        grants={
            LoginRole.ERASER: ERASE,
            LoginRole.PROVIDER: Grant(select=ALL, update=("taken_in_at",)),
            LoginRole.PROVIDER_READER: READ,
            LoginRole.AUTHORITY: Grant(insert=OBJECTION_SAID, writes="side = 'authority'"),
            LoginRole.FAMILY: Grant(
                insert=OBJECTION_SAID, rows=OF_FAMILYS_CASE, writes="side = 'family'"
            ),
            LoginRole.SIGNER: Grant(insert=OBJECTION_SAID, rows="agreement_id = scope_agreement()"),
        }
    )

    agreement_id: Mapped[uuid.UUID]
    case_id: Mapped[uuid.UUID]
    text_hash: Mapped[str]
    signer: Mapped[str]
    side: Mapped[str]
    # Whether it takes a signature back; a question or a disagreement before signing does not.
    takes_back: Mapped[bool]
    words: Mapped[str]
    said_at: Mapped[dt.datetime]
    said_by_name: Mapped[str]
    taken_in_at: Mapped[dt.datetime | None]
