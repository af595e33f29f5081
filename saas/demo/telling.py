"""One invented case while it is told: its acts, who recorded each of them, and when."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from saas.demo.people import Staff
from tenants.casework.kinds import CertificateKind, FactKind
from tenants.casework.referral import NewReferral
from tenants.casework.row_columns import Actor, NewStep
from tenants.imports.bulk.acts import Act, Agreed, Happened, Issued, NewCase, Noted, StepDone
from tenants.imports.bulk.acts import Withdrawn as WithdrawnAct

# What is recorded today was recorded early, so that nothing is from the future.
_FIRST_HOUR, _FIRST_HOUR_TODAY = 9, 7


@dataclass(frozen=True)
class Cast:
    """Who works on an authority's cases, and what the authority is called where it matters."""

    slug: str
    name: str
    dfe_number: str
    coordinators: Sequence[Staff]
    mediators: Sequence[Staff]
    officer: str


@dataclass
class Telling:
    """Acts may be told in any order; `finish` puts them in that of their days.

    What would happen after today has not happened: that is where a case stands open.
    """

    rng: random.Random
    cast: Cast
    today: dt.date
    coordinator: Staff
    mediator: Staff
    # The last day on which anything happened, where the story is told for that.
    until: dt.date | None = None
    _acts: list[tuple[dt.date, Staff, Any]] = field(default_factory=list)

    def fact(
        self,
        kind: FactKind,
        on: dt.date,
        value: str | None = None,
        *,
        who: Staff | None = None,
        **detail: Any,
    ) -> None:
        self._tell(
            on, lambda by: Happened(kind=kind, on=on, value=value, detail=detail, by=by), who
        )

    def certificate(self, kind: CertificateKind, on: dt.date) -> None:
        self._tell(on, lambda by: Issued(kind=kind, on=on, by=by, role="Mediation adviser"))

    def withdrawal(self, on: dt.date, reason: str) -> None:
        self._tell(on, lambda by: WithdrawnAct(on=on, reason=reason, by=by))

    def agreement(self, on: dt.date, steps: tuple[NewStep, ...]) -> None:
        self._tell(on, lambda by: Agreed(on=on, steps=steps, by=by), self.mediator)

    def step_done(self, due: int, on: dt.date) -> None:
        self._tell(on, lambda by: StepDone(due=due, on=on, by=by))

    def note(self, on: dt.date, text: str, *, shared: bool, who: Staff | None = None) -> None:
        self._tell(on, lambda by: Noted(text=text, shared=shared, by=by), who)

    def _tell(self, on: dt.date, act: Any, who: Staff | None = None) -> None:
        self._acts.append((on, who or self.coordinator, act))

    def finish(self, referral: NewReferral) -> NewCase | None:
        """The case as it stands today; None if it is not opened yet."""
        if referral.opened_on > self.today:
            return None
        self._acts.sort(key=lambda told: told[0])
        until = self._until()
        at = self._moment(referral.opened_on, None)
        opened = Actor(self.coordinator.id, self.coordinator.name, at)
        acts: list[Act] = []
        appointed = False
        for on, who, make in self._acts:
            if on > until:
                break
            at = self._moment(on, at)
            act = make(Actor(who.id, who.name, at))
            acts.append(act)
            appointed |= isinstance(act, Happened) and act.kind is FactKind.MEDIATOR_APPOINTED
        return NewCase(
            referral=referral,
            by=opened,
            acts=tuple(acts),
            mediator_id=self.mediator.id if appointed else None,
        )

    def _until(self) -> dt.date:
        """The last day on which anything happened: now and then a case has been left lying."""
        if self.until is not None:
            return min(self.until, self.today)
        unfinished = bool(self._acts) and self._acts[-1][0] > self.today
        if not unfinished or self.rng.random() > 0.3:
            return self.today
        left = self.today - dt.timedelta(days=self.rng.randint(4, 24))
        # The figures of a finished year stay as they are.
        return max(left, dt.date(self.today.year, 1, 1))

    def _moment(self, on: dt.date, last: dt.datetime | None) -> dt.datetime:
        if last is not None and last.date() >= on:
            return last + dt.timedelta(minutes=self.rng.randint(1, 4))
        hour = _FIRST_HOUR_TODAY if on == self.today else _FIRST_HOUR
        minute = self.rng.randint(0, 59 if on == self.today else 7 * 60)
        return dt.datetime(on.year, on.month, on.day, hour, tzinfo=dt.UTC) + dt.timedelta(
            minutes=minute
        )
