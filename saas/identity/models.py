"""People, where they work, and their attempts to sign in."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from saas.database.base import READ, WRITE, WRITE_AND_DELETE, Base, Grant, TenantRow, Wall, new_id
from saas.database.scope import LoginRole
from saas.identity.permissions import AuthorityRole, ProviderRole

NAME_ONLY = Grant(select=("id", "name"))


def one_of(column: str, values: type[AuthorityRole] | type[ProviderRole]) -> str:
    return f"{column} IN ({', '.join(repr(str(v)) for v in values)})"


class Person(Base):
    """Someone who can sign in. The address is kept in lower case and is unique."""

    __tablename__ = "person"
    __table_args__ = (sa.CheckConstraint("email = lower(email)", name="email_in_lower_case"),)
    wall: ClassVar[Wall] = Wall(
        tenant_column=None,
        grants={
            LoginRole.IDENTITY: WRITE,
            LoginRole.PROVIDER: NAME_ONLY,
            LoginRole.PROVIDER_READER: NAME_ONLY,
            # Where a message goes, and nothing else of a person.
            LoginRole.WORKER: Grant(select=("id", "email", "active")),
            LoginRole.PANEL: NAME_ONLY,
        },
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str]
    active: Mapped[bool] = mapped_column(default=True)
    # Raised to end every session of the person at once.
    session_epoch: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[dt.datetime] = mapped_column(server_default=sa.func.now())
    last_signed_in_at: Mapped[dt.datetime | None]
    # Why the person may not sign in, when `active` is no more: suspended, or unused for long.
    suspended_at: Mapped[dt.datetime | None]
    # The secret of the codes that their telephone shows, sealed; and the step used last, which is
    # used no second time.
    code_secret: Mapped[bytes | None]
    code_step: Mapped[int] = mapped_column(sa.BigInteger, default=0, server_default="0")


class Membership(TenantRow, Base):
    """A person's place in the team of one authority."""

    __tablename__ = "membership"
    __table_args__ = (
        sa.UniqueConstraint("tenant_id", "person_id"),
        sa.CheckConstraint(one_of("role", AuthorityRole), name="role_is_known"),
        sa.Index("ix_membership_person_id", "person_id"),
    )
    wall: ClassVar[Wall] = Wall(
        grants={
            LoginRole.IDENTITY: Grant(
                select=("*",), insert=("*",), update=("*",), delete=True, rows="true"
            ),
            LoginRole.AUTHORITY: READ,
            LoginRole.WORKER: Grant(select=("tenant_id", "person_id", "role", "suspended_at")),
        }
    )

    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("person.id"))
    role: Mapped[str]
    since: Mapped[dt.date]
    # From then on this place is closed to the person, who may have others.
    suspended_at: Mapped[dt.datetime | None]


class ProviderStaff(Base):
    """A role that a person has at the provider."""

    __tablename__ = "provider_staff"
    __table_args__ = (sa.CheckConstraint(one_of("role", ProviderRole), name="role_is_known"),)
    wall: ClassVar[Wall] = Wall(
        tenant_column=None,
        grants={
            LoginRole.IDENTITY: WRITE_AND_DELETE,
            LoginRole.PROVIDER: READ,
            LoginRole.PROVIDER_READER: READ,
            LoginRole.PANEL: READ,
            LoginRole.WORKER: READ,
        },
    )

    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("person.id"), primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)


class SignInAttempt(Base):
    """One try to sign in: counted to slow down guessing, deleted after a day.

    The address is kept as a keyed hash, so the table names nobody who mistyped.
    """

    __tablename__ = "sign_in_attempt"
    __table_args__ = (
        sa.Index("ix_sign_in_attempt_email_key_at", "email_key", "at"),
        sa.Index("ix_sign_in_attempt_source_key_at", "source_key", "at"),
    )
    wall: ClassVar[Wall] = Wall(tenant_column=None, grants={LoginRole.IDENTITY: WRITE_AND_DELETE})

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    email_key: Mapped[str]
    # From where, as a keyed hash, too.
    source_key: Mapped[str] = mapped_column(default="", server_default="")
    at: Mapped[dt.datetime] = mapped_column(index=True)
    succeeded: Mapped[bool]


class KeptEntry(Base):
    """What somebody sent from a form after their session had ended, for a few hours.

    It is sealed: what is typed in a form may be about a child, and no role of the database has to
    read it. Of each person the last one is kept.
    """

    __tablename__ = "kept_entry"
    wall: ClassVar[Wall] = Wall(tenant_column=None, grants={LoginRole.IDENTITY: WRITE_AND_DELETE})

    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("person.id"), primary_key=True)
    sealed: Mapped[bytes]
    kept_at: Mapped[dt.datetime] = mapped_column(index=True)
