"""References that people read: TRA-2026-0042. Counted per authority, so none tells of another."""

from __future__ import annotations

from sqlalchemy.dialects.postgresql import insert

from saas.database.scope import ScopedSession
from tenants.casework.models import ReferenceCounter

CASES = "case"
CERTIFICATES = "certificate"


def take(session: ScopedSession, series: str, year: int, count: int = 1) -> range:
    """The next `count` numbers of a series in a year, without holes once committed.

    Two transactions that number at once wait for each other.
    """
    statement = insert(ReferenceCounter).values(
        tenant_id=session.tenant, series=series, year=year, last_number=count
    )
    statement = statement.on_conflict_do_update(
        index_elements=["tenant_id", "series", "year"],
        set_={"last_number": ReferenceCounter.last_number + count},
    )
    last = session.scalar(statement.returning(ReferenceCounter.last_number))
    if last is None:
        raise RuntimeError("the counter returned no number")
    return range(last - count + 1, last + 1)


def case_reference(prefix: str, year: int, number: int) -> str:
    return f"{prefix}-{year}-{number:04d}"


def certificate_number(prefix: str, year: int, number: int) -> str:
    return f"{prefix}-{year}-C{number:04d}"
