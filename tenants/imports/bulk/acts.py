"""A whole case as the list of what was done in it, in the order in which it was recorded."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from saas.database.base import new_id
from tenants.casework.kinds import CertificateKind, FactKind
from tenants.casework.referral import NewReferral
from tenants.casework.row_columns import Actor, NewStep

# The id of a row that is recorded at a moment: ids sort by time, as new_id's do.
IdOf = Callable[[dt.datetime], uuid.UUID]


def id_now(at: dt.datetime) -> uuid.UUID:
    return new_id()


@dataclass(frozen=True, kw_only=True, slots=True)
class Happened:
    """Something that happened, as `actions.add_fact` records it."""

    kind: FactKind
    on: dt.date
    by: Actor
    value: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
    reason: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Issued:
    """A certificate, as `certificates.issue_certificate` issues it: with a number and a paper."""

    kind: CertificateKind
    on: dt.date
    by: Actor
    role: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Withdrawn:
    """The certificate that stands is withdrawn."""

    on: dt.date
    reason: str
    by: Actor


@dataclass(frozen=True, kw_only=True, slots=True)
class Agreed:
    """The agreement and its steps, as `agreed_steps.record_agreement` records them."""

    on: dt.date
    steps: tuple[NewStep, ...]
    by: Actor


@dataclass(frozen=True, kw_only=True, slots=True)
class StepDone:
    """An agreed step was done. `due` is its place among the due dates, from 0."""

    due: int
    on: dt.date
    by: Actor


@dataclass(frozen=True, kw_only=True, slots=True)
class Noted:
    text: str
    shared: bool
    by: Actor


Act = Happened | Issued | Withdrawn | Agreed | StepDone | Noted


@dataclass(frozen=True, kw_only=True, slots=True)
class NewCase:
    """A whole case: its referral, and what was done in it, in the order of recording."""

    referral: NewReferral
    by: Actor
    acts: tuple[Act, ...] = ()
    mediator_id: uuid.UUID | None = None
