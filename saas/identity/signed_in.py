"""Who is signed in, as every page knows them."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field

from flask_login import UserMixin

from saas.identity.permissions import (
    AUTHORITY_PERMISSIONS,
    PROVIDER_PERMISSIONS,
    AuthorityRole,
    Permission,
    ProviderRole,
)

# What is there to act alone, so that who reads only is offered nothing of it.
ACTS_ALONE = frozenset({Permission.ACT_ON_OWN_CASES})


@dataclass(frozen=True)
class Standing:
    """Until when an authority's people work, and until when they read."""

    # The first day on which they read only, because the provider suspended them.
    suspended_from: dt.date | None = None
    # One of `tenants.subscribers.standing.REASONS`; empty where nobody suspended them.
    suspended_because: str = ""
    # The last day of an authority that leaves, and the last on which its people read.
    last_day: dt.date | None = None
    reads_until: dt.date | None = None

    def is_suspended(self, today: dt.date) -> bool:
        return self.suspended_from is not None and self.suspended_from <= today

    def has_left(self, today: dt.date) -> bool:
        return self.last_day is not None and self.last_day < today

    def reads_only(self, today: dt.date) -> bool:
        return self.is_suspended(today) or self.has_left(today)

    def is_closed(self, today: dt.date) -> bool:
        """Whether its people may not even read any more."""
        return self.reads_until is not None and self.reads_until < today


UNBROKEN = Standing()


@dataclass(frozen=True)
class Tenancy:
    """An authority as a place: whose rows a page works on."""

    id: uuid.UUID
    slug: str
    name: str
    # Not part of who it is.
    standing: Standing = field(default=UNBROKEN, compare=False)


@dataclass(frozen=True)
class Way:
    """How a session was begun, which says what it opens: by a password, or by a connection.

    Args:
        connection_id: None by a password.
        authority_id: whose connection it is; with a connection, None is the provider.
    """

    connection_id: uuid.UUID | None = None
    authority_id: uuid.UUID | None = None


@dataclass(frozen=True)
class SignedIn(UserMixin):  # type: ignore[misc]  # the library has no types
    """A person with a session. Never an ORM object: it outlives the transaction that found it."""

    id: uuid.UUID
    name: str
    email: str
    epoch: int
    tenancy: Tenancy | None
    authority_role: AuthorityRole | None
    provider_roles: frozenset[ProviderRole]
    has_second_factor: bool = False
    # The session in this browser: its row, its key, and when the person last proved who they are.
    session_id: uuid.UUID | None = None
    session_key: str = field(default="", repr=False)
    proven_at: dt.datetime | None = None
    way: Way = Way()
    second_elsewhere: bool = False
    # Before which place in the log of the database all lies that they wrote lately.
    wrote_until: int | None = None
    # Whether their authority reads only today.
    reads_only: bool = False
    # The authority that the address of the page names, whoever may see it.
    named: Tenancy | None = None

    def get_id(self) -> str:
        return f"{self.id}:{self.epoch}:{self.session_key}"

    @property
    def permissions(self) -> frozenset[Permission]:
        granted: frozenset[Permission] = frozenset({Permission.ANYONE, Permission.SIGNED_IN})
        if self.authority_role is not None and self.tenancy is not None:
            granted |= AUTHORITY_PERMISSIONS[self.authority_role]
        for role in self.provider_roles:
            granted |= PROVIDER_PERMISSIONS[role]
        return granted

    def holds(self, permission: Permission) -> bool:
        """Whether their roles include it."""
        return permission in self.permissions

    def may(self, permission: Permission) -> bool:
        """Whether they can do it today: what they may not is not offered to them."""
        stopped = self.reads_only and permission in ACTS_ALONE
        return not stopped and self.holds(permission)
