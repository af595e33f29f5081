"""The open data that every authority shares: who runs education where, and what the DfE counted.

These are platform tables: every login role reads them, only the owner of the database writes
them, when a file is loaded. The DfE number joins everything, for it outlives the ONS code that
the DfE itself goes on printing after it was retired.
"""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from saas.database.base import READ, Base, Wall, new_id
from saas.database.scope import LoginRole

OPEN_TO_ALL = Wall(tenant_column=None, grants=dict.fromkeys(LoginRole, READ))

AUTHORITY_TYPES = ("unitary authority", "metropolitan district", "London borough", "county")

# What the DfE counts per place and year, in the order of its table.
MEASURES = (
    "requests_received",
    "requests_refused",
    "request_mediation",
    "request_tribunal",
    "request_tribunal_after_mediation",
    "assessments",
    "plans_refused",
    "assessment_mediation",
    "assessment_tribunal",
    "assessment_tribunal_after_mediation",
    "other_mediation",
    "other_tribunal",
    "other_tribunal_after_mediation",
)
LEVELS = ("authority", "region", "england")

# The DfE's marks in place of a number. They are not zero, and not each other.
UNAVAILABLE = "x"
NOT_APPLICABLE = "z"
SUPPRESSED = "-"
MARKS = (UNAVAILABLE, NOT_APPLICABLE, SUPPRESSED)


def _one_of(column: str, values: tuple[str, ...]) -> str:
    listed = ", ".join(f"'{value}'" for value in values)
    return f"{column} IN ({listed})"


class EducationAuthority(Base):
    """A local authority with education duties in England, open or closed.

    `gss_valid_from` is the first day of its present ONS code, `valid_from` the first known day of
    the authority itself under its DfE number. `valid_to` is its last day, `successor_dfe_number`
    the one that took over, where there is exactly one.
    """

    __tablename__ = "education_authority"
    __table_args__ = (
        sa.CheckConstraint(_one_of("type", AUTHORITY_TYPES), name="type_known"),
        sa.CheckConstraint("dfe_number ~ '^[0-9]{3}$'", name="dfe_number_form"),
        sa.CheckConstraint("slug ~ '^[a-z]+(-[a-z]+)*$'", name="slug_form"),
        sa.CheckConstraint("valid_to >= valid_from", name="valid_in_order"),
    )
    wall = OPEN_TO_ALL

    dfe_number: Mapped[str] = mapped_column(primary_key=True)
    gss_code: Mapped[str]
    gss_valid_from: Mapped[dt.date]
    name: Mapped[str]
    display_name: Mapped[str]
    slug: Mapped[str] = mapped_column(unique=True)
    type: Mapped[str]
    region_code: Mapped[str]
    region: Mapped[str]
    valid_from: Mapped[dt.date]
    valid_to: Mapped[dt.date | None]
    successor_dfe_number: Mapped[str | None] = mapped_column(
        sa.ForeignKey("education_authority.dfe_number")
    )


class FormerGssCode(Base):
    """A retired ONS code, of an education authority or of a district, that files still carry."""

    __tablename__ = "former_gss_code"
    __table_args__ = (sa.CheckConstraint("valid_to >= valid_from", name="valid_in_order"),)
    wall = OPEN_TO_ALL

    gss_code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    dfe_number: Mapped[str | None]
    valid_from: Mapped[dt.date]
    valid_to: Mapped[dt.date]

    successors: Mapped[list[FormerGssSuccessor]] = relationship(
        order_by="FormerGssSuccessor.successor_gss_code", lazy="selectin"
    )


class FormerGssSuccessor(Base):
    """The code, or one of the two, that took over from a retired one."""

    __tablename__ = "former_gss_successor"
    wall = OPEN_TO_ALL

    gss_code: Mapped[str] = mapped_column(
        sa.ForeignKey("former_gss_code.gss_code"), primary_key=True
    )
    successor_gss_code: Mapped[str] = mapped_column(primary_key=True)


class District(Base):
    """A district, and the authority that runs education there: in a county not the same."""

    __tablename__ = "district"
    wall = OPEN_TO_ALL

    lad_code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    dfe_number: Mapped[str] = mapped_column(
        sa.ForeignKey("education_authority.dfe_number"), index=True
    )


class Postcode(Base):
    """An English postcode, upper case and without its space.

    There are 2.26 million, so a row holds only what an answer needs, in bytewise order (the range
    of an outward code is then a range of the key). `district_code` has no foreign key: it would
    be checked 2.26 million times to guard 300 values, which the loader checks once.
    """

    __tablename__ = "postcode"
    wall = OPEN_TO_ALL

    postcode: Mapped[str] = mapped_column(sa.Text(collation="C"), primary_key=True)
    district_code: Mapped[str] = mapped_column(sa.Text(collation="C"))
    terminated: Mapped[bool]


class DfeSen2Figure(Base):
    """One number of the DfE's SEN2 tables: what was counted in a calendar year, and where.

    `place` is a DfE number, a region's ONS code, or England's; it may be of an authority that is
    gone (Cumbria, 2022). Either the number is there or the mark that the DfE put in its place.
    """

    __tablename__ = "dfe_sen2_figure"
    __table_args__ = (
        sa.CheckConstraint(_one_of("level", LEVELS), name="level_known"),
        sa.CheckConstraint(_one_of("measure", MEASURES), name="measure_known"),
        sa.CheckConstraint(_one_of("mark", MARKS), name="mark_known"),
        sa.CheckConstraint("(number IS NULL) <> (mark IS NULL)", name="number_or_mark"),
        sa.CheckConstraint("number >= 0", name="number_not_negative"),
    )
    wall = OPEN_TO_ALL

    place: Mapped[str] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True, autoincrement=False)
    measure: Mapped[str] = mapped_column(primary_key=True)
    level: Mapped[str]
    place_name: Mapped[str]
    region_code: Mapped[str | None]
    number: Mapped[int | None]
    mark: Mapped[str | None]


class DfeAppealRate(Base):
    """Appeals registered with the Tribunal against decisions that could be appealed, per year.

    `unusable_because` says why a row that was published must not be shown or used.
    """

    __tablename__ = "dfe_appeal_rate"
    __table_args__ = (
        sa.CheckConstraint(_one_of("appeals_mark", MARKS), name="appeals_mark_known"),
        sa.CheckConstraint(_one_of("decisions_mark", MARKS), name="decisions_mark_known"),
        sa.CheckConstraint(_one_of("rate_mark", MARKS), name="rate_mark_known"),
        sa.CheckConstraint("(appeals IS NULL) <> (appeals_mark IS NULL)", name="appeals_or_mark"),
        sa.CheckConstraint(
            "(decisions IS NULL) <> (decisions_mark IS NULL)", name="decisions_or_mark"
        ),
        sa.CheckConstraint("(rate_percent IS NULL) <> (rate_mark IS NULL)", name="rate_or_mark"),
    )
    wall = OPEN_TO_ALL

    dfe_number: Mapped[str] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True, autoincrement=False)
    place_name: Mapped[str]
    appeals: Mapped[int | None]
    appeals_mark: Mapped[str | None]
    decisions: Mapped[int | None]
    decisions_mark: Mapped[str | None]
    rate_percent: Mapped[Decimal | None] = mapped_column(sa.Numeric(5, 2))
    rate_mark: Mapped[str | None]
    unusable_because: Mapped[str | None]


class ReferenceLoad(Base):
    """That a file was loaded: which, with what contents (SHA-256), how many rows it brought."""

    __tablename__ = "reference_load"
    __table_args__ = (sa.Index(None, "source", "loaded_at"),)
    wall = OPEN_TO_ALL

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    source: Mapped[str]
    digest: Mapped[str]
    edition: Mapped[str]
    rows: Mapped[int]
    loaded_at: Mapped[dt.datetime] = mapped_column(server_default=sa.func.clock_timestamp())
    note: Mapped[str] = mapped_column(server_default="")
