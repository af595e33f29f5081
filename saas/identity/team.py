"""Who works where: inviting people, changing what they may do, suspending them.

The last manager of an authority and the last administrator of the provider stay, so that somebody
can always let others in.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from saas.database.base import new_id
from saas.database.scope import ScopedSession
from saas.identity import account_links, sessions
from saas.identity.actions import fold_email
from saas.identity.connections import ExternalIdentity
from saas.identity.models import Membership, Person, ProviderStaff
from saas.identity.permissions import AuthorityRole, ProviderRole
from saas.identity.second_factor import Passkey

# Nobody's password: it matches none.
NO_PASSWORD = "!"  # noqa: S105


class TeamRefused(Exception):
    """It cannot be done; `field` is where, and the text says what would be right."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field, self.message = field, message


@dataclass(frozen=True)
class Member:
    """A person in one place, as those who review access see them."""

    id: uuid.UUID
    name: str
    email: str
    # Of an authority one; of the provider perhaps several.
    roles: tuple[str, ...]
    tenant_id: uuid.UUID | None
    since: dt.datetime
    last_signed_in_at: dt.datetime | None
    has_second_factor: bool
    # Whether they ever chose a password, or signed in by their account at work.
    joined: bool
    active: bool
    # Whether an identity provider knows them.
    linked: bool


def _columns() -> tuple[sa.ColumnElement[bool], ...]:
    by_key = sa.exists().where(Passkey.person_id == Person.id)
    linked = sa.exists().where(ExternalIdentity.person_id == Person.id)
    return (
        sa.or_(Person.code_secret.is_not(None), by_key).label("second_factor"),
        sa.or_(Person.password_hash != NO_PASSWORD, linked).label("joined"),
        linked.label("linked"),
    )


def team(
    session: ScopedSession, tenant_id: uuid.UUID, *, only: uuid.UUID | None = None
) -> list[Member]:
    """The people of an authority, by name; those who are suspended there, too."""
    second_factor, joined, linked = _columns()
    wanted = sa.select(Person, Membership, second_factor, joined, linked).join(
        Membership, Membership.person_id == Person.id
    )
    wanted = wanted.where(Membership.tenant_id == tenant_id)
    if only is not None:
        wanted = wanted.where(Person.id == only)
    return [
        Member(
            person.id,
            person.name,
            person.email,
            (place.role,),
            tenant_id,
            person.created_at,
            person.last_signed_in_at,
            bool(second),
            bool(chose),
            person.active and place.suspended_at is None,
            bool(known),
        )
        for person, place, second, chose, known in session.execute(
            wanted.order_by(Person.name, Person.id)
        )
    ]


def everyone(
    session: ScopedSession,
    *,
    offset: int = 0,
    limit: int | None = None,
    only: uuid.UUID | None = None,
) -> list[Member]:
    """Everyone who has or had access, by address; one row for each place of a person."""
    second_factor, joined, linked = _columns()
    roles = (
        sa.select(sa.func.array_agg(ProviderStaff.role))
        .where(ProviderStaff.person_id == Person.id)
        .scalar_subquery()
    )
    wanted = sa.select(Person, Membership, roles, second_factor, joined, linked).outerjoin(
        Membership, Membership.person_id == Person.id
    )
    if only is not None:
        wanted = wanted.where(Person.id == only)
    wanted = wanted.order_by(Person.email, Membership.since, Membership.id).offset(offset)
    if limit is not None:
        wanted = wanted.limit(limit)
    return [
        Member(
            person.id,
            person.name,
            person.email,
            tuple(sorted([*(provider or ()), *([place.role] if place else ())])),
            place.tenant_id if place else None,
            person.created_at,
            person.last_signed_in_at,
            bool(second),
            bool(chose),
            person.active and (place is None or place.suspended_at is None),
            bool(known),
        )
        for person, place, provider, second, chose, known in session.execute(wanted)
    ]


def invite(
    session: ScopedSession,
    *,
    email: str,
    name: str,
    by: str,
    at: dt.datetime,
    tenant_id: uuid.UUID | None = None,
    role: AuthorityRole | None = None,
    provider_roles: Collection[ProviderRole] = (),
) -> uuid.UUID:
    """Give somebody a place; who has no account yet is sent a link to choose a password by.

    Args:
        by: whom the invitation is from, in words.

    Raises:
        TeamRefused: they have this place already.
    """
    person = session.scalar(
        sa.select(Person).where(Person.email == fold_email(email)).with_for_update()
    )
    if person is None:
        person = Person(
            id=new_id(), email=fold_email(email), name=name.strip(), password_hash=NO_PASSWORD
        )
        session.add(person)
        session.flush()
    elif not person.active:
        raise TeamRefused("email", "This person's account is suspended: the provider may open it")
    if tenant_id is not None and role is not None:
        if _place(session, tenant_id, person.id) is not None:
            raise TeamRefused("email", "This person is in the team already")
        session.add(
            Membership(tenant_id=tenant_id, person_id=person.id, role=role.value, since=at.date())
        )
    known = set(
        session.scalars(sa.select(ProviderStaff.role).where(ProviderStaff.person_id == person.id))
    )
    session.add_all(
        ProviderStaff(person_id=person.id, role=one.value)
        for one in provider_roles
        if one.value not in known
    )
    session.flush()
    if person.password_hash == NO_PASSWORD:
        account_links.ask(session, person.id, "invitation", at=at, by=by)
    return person.id


def invite_again(session: ScopedSession, person_id: uuid.UUID, *, by: str, at: dt.datetime) -> None:
    """Send the invitation once more: the first was lost, or too old.

    Raises:
        TeamRefused: the person has chosen a password already.
    """
    person = session.get(Person, person_id)
    if person is None or person.password_hash != NO_PASSWORD:
        raise TeamRefused("email", "This person has an account already")
    account_links.ask(session, person_id, "invitation", at=at, by=by)


def change_role(
    session: ScopedSession,
    tenant_id: uuid.UUID,
    person_id: uuid.UUID,
    role: AuthorityRole,
    *,
    at: dt.datetime,
) -> str:
    """Give a person another role at an authority; the one before. It holds at once.

    Raises:
        TeamRefused: they are not in the team, or the last manager.
    """
    managers = _lock_managers(session, tenant_id)
    place = _known_place(session, tenant_id, person_id)
    before = place.role
    if role is not AuthorityRole.MANAGER:
        _check_not_last_manager(managers, person_id)
    place.role = role.value
    _end_everywhere(session, person_id, at=at)
    return before


def suspend_place(
    session: ScopedSession, tenant_id: uuid.UUID, person_id: uuid.UUID, *, at: dt.datetime
) -> None:
    """Close an authority to a person; their sessions end at once.

    Raises:
        TeamRefused: they are not in the team, or the last manager.
    """
    managers = _lock_managers(session, tenant_id)
    place = _known_place(session, tenant_id, person_id)
    _check_not_last_manager(managers, person_id)
    place.suspended_at = place.suspended_at or at
    _end_everywhere(session, person_id, at=at)


def resume_place(
    session: ScopedSession, tenant_id: uuid.UUID, person_id: uuid.UUID, *, at: dt.datetime
) -> None:
    """Open an authority to a person again; an account that was not used for long, too.

    Raises:
        TeamRefused: the account is suspended, and the person works elsewhere as well.
    """
    _known_place(session, tenant_id, person_id).suspended_at = None
    session.flush()
    if known_person(session, person_id).active:
        return
    check_works_nowhere_else(session, tenant_id, person_id)
    resume_person(session, person_id, at=at)


def check_works_nowhere_else(
    session: ScopedSession, tenant_id: uuid.UUID, person_id: uuid.UUID
) -> None:
    """Whether a team's manager may decide about the whole account of one of its people.

    Raises:
        TeamRefused: the person has another place, at the provider or in another team.
    """
    at_provider = sa.exists().where(ProviderStaff.person_id == person_id)
    in_another_team = sa.exists().where(
        Membership.person_id == person_id, Membership.tenant_id != tenant_id
    )
    if session.scalar(sa.select(sa.or_(at_provider, in_another_team))):
        raise TeamRefused("role", "This person works elsewhere, too: the provider does this")


def set_provider_roles(
    session: ScopedSession,
    person_id: uuid.UUID,
    roles: Collection[ProviderRole],
    *,
    at: dt.datetime,
) -> None:
    """Give a person just these roles at the provider.

    Raises:
        TeamRefused: they are the last administrator.
    """
    if ProviderRole.ADMIN not in roles:
        _check_not_last_admin(session, person_id)
    session.execute(
        sa.delete(ProviderStaff).where(
            ProviderStaff.person_id == person_id,
            ProviderStaff.role.not_in([role.value for role in roles]),
        )
    )
    known = set(
        session.scalars(sa.select(ProviderStaff.role).where(ProviderStaff.person_id == person_id))
    )
    session.add_all(
        ProviderStaff(person_id=person_id, role=role.value)
        for role in roles
        if role.value not in known
    )
    _end_everywhere(session, person_id, at=at)


def suspend_person(session: ScopedSession, person_id: uuid.UUID, *, at: dt.datetime) -> None:
    """Close the service to a person, wherever they work.

    Raises:
        TeamRefused: they are the last administrator, or the last manager of an authority.
    """
    _check_not_last_admin(session, person_id)
    for tenant_id in session.scalars(
        sa.select(Membership.tenant_id).where(
            Membership.person_id == person_id,
            Membership.role == AuthorityRole.MANAGER.value,
            Membership.suspended_at.is_(None),
        )
    ):
        _check_not_last_manager(_lock_managers(session, tenant_id), person_id)
    person = known_person(session, person_id)
    person.active, person.suspended_at = False, at
    _end_everywhere(session, person_id, at=at)


def resume_person(session: ScopedSession, person_id: uuid.UUID, *, at: dt.datetime) -> None:
    """Open the service to a person again; the days unused are counted anew."""
    person = known_person(session, person_id)
    person.active, person.suspended_at, person.last_signed_in_at = True, None, at
    session.flush()


def _place(session: ScopedSession, tenant_id: uuid.UUID, person_id: uuid.UUID) -> Membership | None:
    return session.scalar(
        sa.select(Membership)
        .where(Membership.tenant_id == tenant_id, Membership.person_id == person_id)
        .with_for_update()
    )


def _known_place(session: ScopedSession, tenant_id: uuid.UUID, person_id: uuid.UUID) -> Membership:
    place = _place(session, tenant_id, person_id)
    if place is None:
        raise TeamRefused("role", "This person is not in the team")
    return place


def known_person(session: ScopedSession, person_id: uuid.UUID) -> Person:
    person = session.get(Person, person_id, with_for_update=True)
    if person is None:
        raise TeamRefused("role", "There is no such person")
    return person


def _lock_managers(session: ScopedSession, tenant_id: uuid.UUID) -> list[uuid.UUID]:
    """The managers of an authority. All their rows are locked, before any other of the team's: two
    who suspend each other at once take turns, and do not both succeed."""
    return list(
        session.scalars(
            sa.select(Membership.person_id)
            .join(Person, Person.id == Membership.person_id)
            .where(
                Membership.tenant_id == tenant_id,
                Membership.role == AuthorityRole.MANAGER.value,
                Membership.suspended_at.is_(None),
                Person.active,
            )
            .order_by(Membership.id)
            .with_for_update(of=Membership)
        )
    )


def _check_not_last_manager(managers: list[uuid.UUID], person_id: uuid.UUID) -> None:
    if managers == [person_id]:
        raise TeamRefused("role", "This is the last manager: make somebody else a manager first")


def _check_not_last_admin(session: ScopedSession, person_id: uuid.UUID) -> None:
    admins = session.scalars(
        sa.select(ProviderStaff.person_id)
        .join(Person, Person.id == ProviderStaff.person_id)
        .where(ProviderStaff.role == ProviderRole.ADMIN.value, Person.active)
        .order_by(ProviderStaff.person_id)
        .with_for_update(of=ProviderStaff)
    ).all()
    if list(admins) == [person_id]:
        raise TeamRefused("role", "This is the last administrator: make somebody else one first")


def _end_everywhere(session: ScopedSession, person_id: uuid.UUID, *, at: dt.datetime) -> None:
    session.flush()
    person = known_person(session, person_id)
    person.session_epoch += 1
    sessions.end(session, person_id, at=at)
    session.flush()
