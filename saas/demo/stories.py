"""The stories that mediation cases tell, each from the first contact to its end.

A story is planned whole, to days that may be ahead; `Telling` leaves out what has not happened yet.
"""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field

from saas.demo import meetings
from saas.demo.days import (
    ONE_DAY,
    some_days_after,
    some_days_before,
    worked_after,
    worked_before,
    working_days_later,
)
from saas.demo.families import refer
from saas.demo.telling import Cast, Telling
from saas.demo.words import (
    EARLY_ENDS,
    MOVED_TO,
    PROVIDER_NOTES,
    SHARED_NOTES,
    STEPS,
    WITHDRAWAL_REASONS,
)
from tenants.casework.kinds import (
    CertificateKind,
    Choice,
    DelayCause,
    EarlyEnd,
    FactKind,
    Outcome,
    Service,
)
from tenants.casework.row_columns import NewStep, bound_by_law
from tenants.imports.bulk.acts import NewCase
from tenants.law.clocks import appeal_due

MIAS_WAYS = ("telephone", "telephone", "telephone", "telephone", "video", "video", "in person")

# How long the service goes on asking after a step that is not done, in days.
FOLLOWED_UP = 120


@dataclass
class Teller:
    """Tells the stories of one authority. Everything comes from one generator, in one order."""

    rng: random.Random
    cast: Cast
    today: dt.date
    told: int = field(default=0)
    # Where set, the stories begun from then on stand still after this day.
    until: dt.date | None = None

    def begin(self) -> Telling:
        return Telling(
            rng=self.rng,
            cast=self.cast,
            today=self.today,
            coordinator=self.rng.choice(self.cast.coordinators),
            mediator=self.rng.choice(self.cast.mediators),
            until=self.until,
        )

    def likely(self, share: float) -> bool:
        return self.rng.random() < share

    def mediation(self, held_on: dt.date, decision: str, *, appeal: bool) -> NewCase | None:
        """A mediation whose (first) meeting is held on a day.

        Args:
            appeal: whether the family registers an appeal afterwards; the day is never ahead of
                today for a meeting that was held.
        """
        rng, telling = self.rng, self.begin()
        in_time = self.likely(0.76)
        arranged = (
            some_days_before(rng, held_on, 15, 29)
            if in_time
            else (some_days_before(rng, held_on, 33, 58))
        )
        opened, notice = self.until_choice(telling, arranged, Choice.MEDIATE)
        health = self.likely(0.12)
        self._tell_authority(telling, arranged, health=health)
        adjourned = self.likely(0.05)
        self._meeting(telling, arranged, held_on, in_time=in_time, further=adjourned)
        concluded = held_on
        if adjourned:
            # The same people meet once more.
            concluded = some_days_after(rng, held_on, 8, 20)
            meetings.fix(telling, held_on, concluded, held_on)
            self._held(telling, concluded, None)
        outcome = rng.choices(list(Outcome), (2, 38, 60) if appeal else (67, 23, 10))[0]
        telling.fact(
            FactKind.CONCLUDED,
            concluded,
            outcome.value,
            who=telling.mediator,
            result=meetings.result_of(telling, outcome, decision),
        )
        issued = concluded
        if decision != "PLACEMENT":
            issued = self._certificate(telling, CertificateKind.AFTER_MEDIATION, concluded)
        last = issued
        if outcome is not Outcome.NONE:
            last = max(last, self._agreement(telling, concluded, decision))
        if appeal:
            due = appeal_due(notice, issued if decision != "PLACEMENT" else None)
            telling.fact(FactKind.APPEAL_REGISTERED, self._appeal_day(issued, due, held_on))
        self._close(telling, last)
        return self.finish_case(telling, opened, notice, decision, health=health)

    def declined(self, choice_on: dt.date, decision: str) -> NewCase | None:
        """The family hears what mediation is, and chooses not to mediate."""
        rng, telling = self.rng, self.begin()
        opened, notice = self.until_choice(telling, choice_on, Choice.DECLINE)
        last = choice_on
        if decision != "PLACEMENT":
            last = self._certificate(telling, CertificateKind.NO_MEDIATION, choice_on)
            if self.likely(0.015):
                put_right = working_days_later(rng, last, 1, 3)
                telling.withdrawal(put_right, rng.choice(WITHDRAWAL_REASONS))
                telling.certificate(CertificateKind.NO_MEDIATION, put_right)
                last = put_right
            if self.likely(0.3):
                due = appeal_due(notice, last)
                day = last + rng.randint(1, max(1, (due - last).days)) * ONE_DAY
                telling.fact(FactKind.APPEAL_REGISTERED, worked_before(max(day, last)))
        self._close(telling, last)
        return self.finish_case(telling, opened, notice, decision)

    def thinking(self, choice_on: dt.date, decision: str) -> NewCase | None:
        """The family asks for time to think, and does not come back before the last day."""
        telling = self.begin()
        opened, notice = self.until_choice(telling, choice_on, Choice.THINKING)
        due = appeal_due(notice)
        self._close(telling, max(due, choice_on + 21 * ONE_DAY))
        return self.finish_case(telling, opened, notice, decision)

    def unreached(self, opened_on: dt.date, decision: str) -> NewCase | None:
        """A referral after which nobody answers."""
        rng, telling = self.rng, self.begin()
        notice = some_days_before(rng, opened_on, 4, 45)
        telling.note(opened_on, PROVIDER_NOTES[6], shared=False)
        self._close(telling, some_days_after(rng, opened_on, 40, 70))
        return self.finish_case(telling, opened_on, notice, decision)

    def fell_through(self, choice_on: dt.date, decision: str) -> NewCase | None:
        """The family chooses to mediate, and no meeting is held."""
        rng, telling = self.rng, self.begin()
        opened, notice = self.until_choice(telling, choice_on, Choice.MEDIATE)
        self._tell_authority(telling, choice_on, health=False)
        why = rng.choices(("deemed", "changed", "settled"), (3, 5, 4))[0]
        if decision == "PLACEMENT":
            why = "settled"
        last = some_days_after(rng, choice_on, 6, 24)
        if why == "deemed":
            telling.fact(FactKind.AUTHORITY_CANNOT_ARRANGE, last)
            last = self._certificate(telling, CertificateKind.DEEMED, last)
        elif why == "changed":
            telling.fact(FactKind.CHOICE_MADE, last, Choice.DECLINE.value)
            last = self._certificate(telling, CertificateKind.NO_MEDIATION, last)
        else:
            last = self._ended_early(telling, last, decision)
        self._close(telling, last)
        return self.finish_case(telling, opened, notice, decision)

    def _ended_early(self, telling: Telling, on: dt.date, decision: str) -> dt.date:
        """How it ended without a meeting, with the certificate where the family asked for it."""
        rng = self.rng
        how = rng.choices(list(EarlyEnd), (60, 24, 8, 8))[0]
        wanted = how is EarlyEnd.WITHDRAWN and decision != "PLACEMENT" and self.likely(0.4)
        what, by = rng.choice(EARLY_ENDS[how])
        to = rng.choice(MOVED_TO) if how is EarlyEnd.MOVED else ""
        telling.fact(
            FactKind.ENDED_EARLY,
            on,
            how.value,
            what=what,
            by=by.value,
            to=to,
            certificate=wanted,
        )
        return self._certificate(telling, CertificateKind.NO_MEDIATION, on) if wanted else on

    def finish_case(
        self,
        telling: Telling,
        opened: dt.date,
        notice: dt.date | None,
        decision: str | None,
        *,
        service: Service = Service.MEDIATION,
        health: bool = False,
    ) -> NewCase | None:
        self.told += 1
        referral = refer(
            self.rng,
            self.cast,
            telling.coordinator.id,
            service=service,
            opened_on=opened,
            notice=notice,
            decision=decision,
            health=health,
            number=self.told,
        )
        return telling.finish(referral)

    def finish_beside(self, telling: Telling, opened: dt.date, service: Service) -> NewCase | None:
        """A case about no decision in particular."""
        return self.finish_case(telling, opened, None, None, service=service)

    def until_choice(
        self, telling: Telling, choice_on: dt.date, choice: Choice
    ) -> tuple[dt.date, dt.date]:
        """Contact, information and advice, and the choice; the days of referral and notice."""
        rng = self.rng
        thought = choice is Choice.MEDIATE and self.likely(0.18)
        told = some_days_before(rng, choice_on, 3, 12) if thought else choice_on
        reached = some_days_before(rng, told, 0, 5)
        opened = some_days_before(rng, reached, 0, 4)
        # Most come well within the two months of reg 33; a few come late, and are not turned away.
        notice = some_days_before(rng, opened, *((3, 46) if self.likely(0.96) else (64, 85)))
        telling.fact(FactKind.CONTACT_MADE, reached, way="telephone")
        telling.fact(
            FactKind.MIAS_HELD, told, way=rng.choice(MIAS_WAYS), minutes=rng.randint(14, 38)
        )
        if thought:
            telling.fact(FactKind.CHOICE_MADE, told, Choice.THINKING.value)
        telling.fact(FactKind.CHOICE_MADE, choice_on, choice.value)
        if self.likely(0.22):
            telling.note(told, rng.choice(PROVIDER_NOTES), shared=False)
        return opened, notice

    def _tell_authority(self, telling: Telling, chosen: dt.date, *, health: bool) -> None:
        rng = self.rng
        told = working_days_later(rng, chosen, 0, 1)
        telling.fact(FactKind.ADVISER_INFORMED_AUTHORITY, told)
        if self.likely(0.15):
            telling.fact(FactKind.FAMILY_INFORMED_AUTHORITY, working_days_later(rng, told, 0, 2))
        if health:
            heard = working_days_later(rng, told, 0, 1)
            telling.fact(FactKind.HEALTH_TOLD_AUTHORITY, heard)
            telling.fact(FactKind.AUTHORITY_TOLD_ICB, working_days_later(rng, heard, 1, 4))

    def _meeting(
        self,
        telling: Telling,
        arranged: dt.date,
        held_on: dt.date,
        *,
        in_time: bool,
        further: bool,
    ) -> None:
        """Mediator, date, perhaps a date that falls through, and the meeting."""
        rng = self.rng
        gap = (held_on - arranged).days
        fixed = worked_before(arranged + rng.randint(4, max(5, gap - 9)) * ONE_DAY)
        appointed = worked_before(
            arranged + rng.randint(1, max(1, (fixed - arranged).days)) * ONE_DAY
        )
        appointed = max(arranged, min(appointed, fixed))
        meetings.appoint(telling, appointed)
        fixed = max(fixed, arranged)
        cause = None if in_time else rng.choices(list(DelayCause), (55, 35, 10))[0]
        if gap > 24 and self.likely(0.18):
            first_date = worked_before(held_on - rng.randint(6, 12) * ONE_DAY)
            called_off = worked_before(first_date - rng.randint(0, 3) * ONE_DAY)
            fixed = min(fixed, worked_before(called_off - 3 * ONE_DAY))
            fixed = max(fixed, arranged)
            by = (cause or rng.choice(list(DelayCause))).value
            first_date = max(first_date, fixed)
            called_off = min(max(called_off, fixed), first_date)
            meetings.fix(telling, fixed, first_date, appointed)
            meetings.cancel(telling, called_off, first_date, by)
            fixed = called_off
        meetings.fix(telling, fixed, held_on, appointed)
        if self.likely(0.3):
            telling.note(fixed, rng.choice(SHARED_NOTES), shared=True)
        self._held(telling, held_on, cause, further=further)

    def _held(
        self, telling: Telling, on: dt.date, cause: DelayCause | None, *, further: bool = False
    ) -> None:
        rng = self.rng
        attended = rng.random() < 0.97
        telling.fact(
            FactKind.MEETING_HELD,
            on,
            who=telling.mediator,
            way=rng.choice(("video", "video", "in person")),
            authority_attended=attended,
            authority_could_decide=attended and rng.random() < 0.87,
            voice_heard=rng.random() < 0.72,
            further=further,
            **({"delay_cause": cause.value} if cause else {}),
        )

    def _certificate(self, telling: Telling, kind: CertificateKind, ground: dt.date) -> dt.date:
        """Issued within three working days, but for one in twenty."""
        late = self.likely(0.05)
        issued = working_days_later(self.rng, ground, *((4, 7) if late else (0, 3)))
        telling.certificate(kind, issued)
        return issued

    def _agreement(self, telling: Telling, concluded: dt.date, decision: str) -> dt.date:
        """The agreement and what became of its steps; the day of the last of it."""
        rng = self.rng
        # Everybody reads it and signs it, each in their own time.
        agreed = working_days_later(rng, concluded, 2, 9)
        steps = tuple(
            NewStep(
                kind=kind,
                wording=wording,
                responsible=side,
                due_on=None if bound_by_law(side) else worked_after(agreed + 28 * ONE_DAY),
            )
            for kind, wording, side in rng.choice(STEPS[decision])
        )
        telling.agreement(agreed, steps)
        last, due_number = agreed, 0
        for step in steps:
            for _part, _default, due in step.due_dates(agreed):
                done = self._done_on(agreed, due)
                if done is not None:
                    telling.step_done(due_number, done)
                last = max(last, done or due + FOLLOWED_UP * ONE_DAY)
                due_number += 1
        return last

    def _done_on(self, agreed: dt.date, due: dt.date) -> dt.date | None:
        how = self.rng.random()
        if how < 0.74:
            span = max(0, (due - agreed).days)
            return max(agreed, worked_before(due - self.rng.randint(0, span // 3) * ONE_DAY))
        if how < 0.96:
            return some_days_after(self.rng, due, 2, 40)
        return None  # It is overdue until somebody closes the case.

    def _appeal_day(self, issued: dt.date, due: dt.date, held_on: dt.date) -> dt.date:
        latest = min(due, self.today) if held_on <= self.today else due
        if latest <= issued:
            return max(held_on, latest)
        return issued + self.rng.randint(1, (latest - issued).days) * ONE_DAY

    def _close(self, telling: Telling, last: dt.date) -> None:
        telling.fact(FactKind.CLOSED, worked_after(last + self.rng.randint(1, 14) * ONE_DAY))
