"""Letting an authority subscribe: by the command and by the page alike."""

from __future__ import annotations

import datetime as dt
import itertools

import sqlalchemy as sa

from saas.audit.actions import record as audit
from saas.database.base import new_id
from saas.database.scope import Scope, ScopedSession, scoped
from saas.identity.signed_in import Tenancy
from saas.reference.models import EducationAuthority
from saas.reference.queries import authority_by_slug
from tenants.subscribers.models import Subscriber
from tenants.subscribers.refused import StandingRefused

K5_STARTS = ("earlier", "family", "adviser")


def can_join(session: ScopedSession, today: dt.date) -> list[tuple[str, str]]:
    """The authorities that do not subscribe and never did, by name: short name and name."""
    rows = session.execute(
        sa.select(EducationAuthority.slug, EducationAuthority.display_name)
        .where(
            sa.or_(EducationAuthority.valid_to.is_(None), EducationAuthority.valid_to >= today),
            EducationAuthority.dfe_number.not_in(sa.select(Subscriber.dfe_number)),
        )
        .order_by(EducationAuthority.display_name)
    )
    return [(row.slug, row.display_name) for row in rows]


def free_letters(slug: str, taken: set[str]) -> str:
    """Three letters of the short name that no other authority's references begin with.

    Raises:
        StandingRefused: there are none left: choose others.
    """
    letters = [letter.upper() for letter in slug if letter.isalpha()]
    for rest in itertools.combinations(letters[1:], 2):
        made = letters[0] + "".join(rest)
        if made not in taken:
            return made
    raise StandingRefused("prefix", "Choose three letters: all of its name are taken")


def check_joining(slug: str, prefix: str) -> tuple[str, str, str]:
    """The name, the DfE number and the letters of an authority that may join.

    Args:
        prefix: three letters; empty takes free ones of its name.

    Raises:
        StandingRefused: there is no such authority, it subscribes or did, or the letters are
            wrong or another's.
    """
    with scoped(Scope.public()) as session:
        found = authority_by_slug(session, slug)
        authority = (found.display_name, found.dfe_number) if found else None
    if authority is None:
        raise StandingRefused(
            "authority",
            f"There is no authority called {slug!r}. Names are as in the DfE's register, in small"
            " letters with hyphens, such as tower-hamlets; `reference load` puts them in.",
        )
    name, dfe_number = authority
    with scoped(Scope.all_cases(None)) as session:
        rows = session.execute(sa.select(Subscriber.slug, Subscriber.reference_prefix))
        known = {row[0]: row[1] for row in rows}
    if slug in known:
        raise StandingRefused("authority", f"{name} subscribes already.")
    letters = prefix.strip().upper() or free_letters(slug, set(known.values()))
    if not (len(letters) == 3 and letters.isascii() and letters.isalpha()):
        raise StandingRefused("prefix", "A prefix is three letters, such as TRA.")
    taken = next((other for other, its in known.items() if its == letters), None)
    if taken is not None:
        raise StandingRefused("prefix", f"{letters} is the prefix of {taken}: choose another.")
    return name, dfe_number, letters


def join(
    slug: str,
    *,
    prefix: str,
    begins: dt.date,
    k5_starts: str,
    by: Scope | None = None,
    at: dt.datetime,
) -> tuple[Tenancy, str]:
    """Let an authority subscribe from a day; the tenant, and the letters of its references.

    Args:
        by: the scope of whoever does it; None where it is a command.

    Raises:
        StandingRefused: as `check_joining` says.
    """
    name, dfe_number, letters = check_joining(slug, prefix)
    tenant_id = new_id()
    with scoped(Scope.provider(tenant_id, by.person if by else None)) as session:
        session.add(
            Subscriber(
                id=tenant_id,
                slug=slug,
                reference_prefix=letters,
                name=name,
                dfe_number=dfe_number,
                subscribed_from=begins,
                k5_starts=k5_starts,
            )
        )
        session.flush()
        audit(
            session, "authority joined", subject_kind="authority", subject_id=tenant_id, at=at,
            begins=str(begins),
        )  # fmt: skip
    return Tenancy(id=tenant_id, slug=slug, name=name), letters
