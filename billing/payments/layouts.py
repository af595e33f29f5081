"""How a bank's file is laid out, where its headings do not say it: told by hand, kept per bank."""

from __future__ import annotations

import csv
import io
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from billing.payments.bank_files import (
    HEADING_WITHIN,
    SEPARATORS,
    Layout,
    StatementRefused,
    decoded,
)
from billing.refusal import BillingRefused
from saas.database.base import READ, WRITE_AND_DELETE, Base, Wall, new_id
from saas.database.scope import LoginRole, ScopedSession

# What a column may hold, in the words of the page.
ROLES = {
    "date": "Date",
    "amount": "Amount, in and out",
    "credit": "Paid in",
    "debit": "Paid out",
    "sign": "In or out (CR, DR)",
    "balance": "Balance",
    "reference": "Reference or description",
    "payer": "Who paid",
}
SAMPLE_ROWS = 6
MOST_COLUMNS = 40


class BankLayout(Base):
    """The columns of one bank's files, as finance said which is which."""

    __tablename__ = "bank_layout"
    __table_args__ = (
        sa.UniqueConstraint("bank"),
        sa.CheckConstraint("length(trim(bank)) > 0", name="a_layout_has_a_bank"),
    )
    wall: ClassVar[Wall] = Wall(
        tenant_column=None,
        grants={LoginRole.FINANCE: WRITE_AND_DELETE, LoginRole.FINANCE_READER: READ},
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    bank: Mapped[str]
    separator: Mapped[str]
    # The headings as the file writes them; none where its first row is a payment already.
    headings: Mapped[list[str]] = mapped_column(JSONB)
    # What each column holds; '' is of no use.
    columns: Mapped[list[str]] = mapped_column(JSONB)

    def as_layout(self) -> Layout:
        return Layout(self.separator, tuple(self.headings), tuple(self.columns))


@dataclass(frozen=True)
class Sample:
    """The beginning of a file, taken apart so that somebody can say what its columns hold."""

    separator: str
    rows: Sequence[Sequence[str]]

    @property
    def width(self) -> int:
        return max(len(row) for row in self.rows)


def sample_of(content: bytes) -> Sample:
    """The first rows of a file, parted where that gives the most columns.

    Raises:
        StatementRefused: it is no text, or no rows with columns.
    """
    text = decoded(content)
    best: Sample | None = None
    for separator in SEPARATORS:
        try:
            rows = [
                [cell.strip() for cell in row]
                for row in csv.reader(io.StringIO(text), delimiter=separator, skipinitialspace=True)
                if any(cell.strip() for cell in row)
            ]
        except csv.Error:
            continue
        if not rows:
            continue
        width = max(len(row) for row in rows[:HEADING_WITHIN])
        # What stands above the table has fewer columns than the table.
        start = next(at for at, row in enumerate(rows) if len(row) == width)
        found = Sample(separator, rows[start : start + SAMPLE_ROWS])
        if 1 < width <= MOST_COLUMNS and (best is None or width > best.width):
            best = found
    if best is None:
        raise StatementRefused("The file has no columns: save the statement as CSV")
    return best


def layouts_of(session: ScopedSession) -> Sequence[BankLayout]:
    return session.scalars(sa.select(BankLayout).order_by(BankLayout.bank)).all()


def keep_layout(
    session: ScopedSession,
    bank: str,
    sample: Sample,
    columns: Mapping[int, str],
    *,
    has_headings: bool,
) -> BankLayout:
    """Keep what the columns of a bank's files hold; what was said of that bank before is replaced.

    Raises:
        BillingRefused: no bank, or the columns do not say when how much came in.
    """
    name = " ".join(bank.split())
    if not name:
        raise BillingRefused("bank", "Enter the bank's name")
    held = [role for role in columns.values() if role]
    for role in ("date", "amount", "credit"):
        if held.count(role) > 1:
            raise BillingRefused(role, f"Only one column can be '{ROLES[role]}'")
    if "date" not in held:
        raise BillingRefused("date", "Say which column is the date")
    if not {"amount", "credit"}.intersection(held):
        raise BillingRefused("amount", "Say which column is the amount, or what was paid in")
    layout = session.scalar(sa.select(BankLayout).where(BankLayout.bank == name))
    if layout is None:
        layout = BankLayout(id=new_id(), bank=name)
        session.add(layout)
    layout.separator = sample.separator
    layout.headings = list(sample.rows[0]) if has_headings else []
    layout.columns = [columns.get(place, "") for place in range(sample.width)]
    session.flush()
    return layout


def forget_layout(session: ScopedSession, layout_id: uuid.UUID) -> str:
    """Forget what was said of a bank's files; its name.

    Raises:
        BillingRefused: it is gone already.
    """
    layout = session.get(BankLayout, layout_id)
    if layout is None:
        raise BillingRefused("bank", "It is forgotten already")
    bank = layout.bank
    session.delete(layout)
    session.flush()
    return bank
