"""Who can sign in to the demonstration. Everybody is invented."""

from __future__ import annotations

import datetime as dt
import hashlib
import random
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from saas.config import DEMO_PASSWORD
from saas.database.scope import ScopedSession
from saas.demo.authorities import DEMO_AUTHORITIES
from saas.demo.ids import MadeIds
from saas.demo.names import family_name, given_name
from saas.identity import actions as identity
from saas.identity import team
from saas.identity.models import Person
from saas.identity.passwords import hash_password
from saas.identity.permissions import AuthorityRole, ProviderRole
from saas.identity.signed_in import Tenancy

EXAMPLE = "trafford"
INVITED = (f"invited@{EXAMPLE}.example", "Jo Invited")
DAY_ONE = dt.datetime(2023, 1, 3, 9, tzinfo=dt.UTC)

PROVIDER_DOES = {
    ProviderRole.COORDINATOR: "takes referrals, records cases, issues certificates",
    ProviderRole.MEDIATOR: "sees the cases of the mediations appointed to them",
    ProviderRole.MANAGER: "sees all boroughs side by side",
    ProviderRole.FINANCE: "contracts, purchase orders, invoices of every authority",
    ProviderRole.ADMIN: "who has access",
}
AUTHORITY_DOES = {
    AuthorityRole.OFFICER: "the authority's own cases and statistics",
    AuthorityRole.MANAGER: "the same, and the authority's invoices",
    AuthorityRole.FINANCE: "the authority's invoices alone",
    AuthorityRole.AUDITOR: "the authority's statistics, and who did what; no case",
}
# Whom the provider has besides: after those above, so that these stay who they were.
PROVIDER_HAS_TOO = {
    ProviderRole.ADVISER: "gives information and issues certificates",
    ProviderRole.AUDITOR: "sees figures, and who did what",
}
# More hands than the one who is listed, so that a mediator's own list is not everybody's.
FURTHER_COORDINATORS, FURTHER_MEDIATORS = 3, 9


@dataclass(frozen=True)
class Staff:
    """Someone who works at the provider, as cases name them."""

    id: uuid.UUID
    name: str
    email: str
    role: ProviderRole


@dataclass(frozen=True)
class TeamMember:
    """Someone of an authority's team."""

    id: uuid.UUID
    name: str
    email: str
    role: AuthorityRole


def demo_people() -> list[tuple[str, str]]:
    """Whom to sign in as, and what each does; one authority stands for all."""
    staff = PROVIDER_DOES | PROVIDER_HAS_TOO
    provider = [(f"{role}@provider.example", does) for role, does in staff.items()]
    authority = [(f"{role}@{EXAMPLE}.example", does) for role, does in AUTHORITY_DOES.items()]
    others = (
        "officer@..., manager@..., finance@...",
        f"the same for every authority, such as officer@luton.example ({len(DEMO_AUTHORITIES)})",
    )
    return [*provider, *authority, others]


def familys_page() -> tuple[str, str]:
    """Where one invented parent's own page is, and what is done there. It needs no password."""
    return (
        f"/family/{familys_token(EXAMPLE)}/",
        f"a parent's own page, by personal link: an agreement with {EXAMPLE.capitalize()} to sign",
    )


def familys_token(key: str) -> str:
    """A key for a family of the demonstration: the same each time, known to whoever reads this."""
    return f"demo-{hashlib.sha256(f'a family of {key}'.encode()).hexdigest()[:32]}"


def signers_page() -> tuple[str, str]:
    """Where health signs one of the invented agreements, and what is done there."""
    return (
        f"/sign/{signers_token(EXAMPLE)}/",
        "health's page, by signing link: the same agreement to sign, and nothing else",
    )


def signers_token(key: str) -> str:
    """A key for who signs an agreement of the demonstration for health: as a family's."""
    return f"demo-{hashlib.sha256(f'a signer of {key}'.encode()).hexdigest()[:32]}"


def provider_staff() -> list[Staff]:
    """The provider's people: the same in every demonstration."""
    rng = random.Random("the provider's people")
    ids = MadeIds(rng)
    roles = [
        *((role, "") for role in PROVIDER_DOES),
        *((ProviderRole.COORDINATOR, str(n + 2)) for n in range(FURTHER_COORDINATORS)),
        *((ProviderRole.MEDIATOR, str(n + 2)) for n in range(FURTHER_MEDIATORS)),
        *((role, "") for role in PROVIDER_HAS_TOO),
    ]
    return [
        Staff(
            ids(DAY_ONE),
            f"{given_name(rng)} {family_name(rng)}",
            f"{role}{number}@provider.example",
            role,
        )
        for role, number in roles
    ]


def add_people(session: ScopedSession, tenancies: Iterable[Tenancy]) -> int:
    """Let everybody in who is not there yet; how many were added."""
    known = set(session.scalars(sa.select(Person.email)))
    # One hash for all: each takes a quarter of a second, and everyone knows the password.
    hashed = hash_password(DEMO_PASSWORD)
    added = 0
    for staff in provider_staff():
        if staff.email not in known:
            person = identity.add_person(
                session, email=staff.email, name=staff.name, password_hash=hashed, id=staff.id
            )
            identity.join_provider(session, person=person, role=staff.role)
            added += 1
    for tenancy in tenancies:
        for member in authority_team(tenancy.slug):
            if member.email in known:
                continue
            person = identity.add_person(
                session, email=member.email, name=member.name, password_hash=hashed, id=member.id
            )
            identity.join_authority(
                session,
                person=person,
                tenant_id=tenancy.id,
                role=member.role,
                since=DAY_ONE.date(),
            )
            added += 1
        if tenancy.slug == EXAMPLE and INVITED[0] not in known:
            # Their manager invited them, and the e-mail is in their letter box.
            team.invite(
                session,
                email=INVITED[0],
                name=INVITED[1],
                by="The manager of the team",
                at=DAY_ONE,
                tenant_id=tenancy.id,
                role=AuthorityRole.AUDITOR,
            )
            added += 1
    return added


def provider_member(role: ProviderRole) -> Staff:
    """The first of the provider's people in a role, whom the quick start names."""
    return next(one for one in provider_staff() if one.role is role)


def authority_team(slug: str) -> Sequence[TeamMember]:
    """Each member of an authority's team."""
    rng = random.Random(f"the team of {slug}")
    ids = MadeIds(rng)
    return [
        TeamMember(
            id=ids(DAY_ONE),
            name=f"{given_name(rng)} {family_name(rng)}",
            email=f"{role}@{slug}.example",
            role=role,
        )
        for role in AUTHORITY_DOES
    ]


def authority_member(slug: str, role: AuthorityRole) -> TeamMember:
    """Who has a role in an authority's team."""
    return next(one for one in authority_team(slug) if one.role is role)
