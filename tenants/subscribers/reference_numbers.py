"""References that people read: TRA-2026-0042. Counted per authority, so none tells of another."""

from __future__ import annotations

import uuid
from typing import ClassVar

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from saas.database.base import WRITE, Base, Wall
from saas.database.scope import LoginRole, ScopedSession
from tenants.subscribers.models import of_tenant

CASES = "case"
CERTIFICATES = "certificate"


class ReferenceCounter(Base):
    """The last number used in an authority's references of one year and series."""

    __tablename__ = "reference_counter"
    __table_args__ = (of_tenant(),)
    wall: ClassVar[Wall] = Wall(grants={LoginRole.PROVIDER: WRITE})

    tenant_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    series: Mapped[str] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last_number: Mapped[int]


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
