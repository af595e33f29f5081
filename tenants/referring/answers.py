"""What was answered, page by page; which pages there are for it; and what comes of it. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from werkzeug.datastructures import MultiDict

from tenants.casework.kinds import Route, Service, Side
from tenants.casework.referral import NewParty, NewReferral
from tenants.law.rights import birthday, holds_own_right, last_day_of_right, own_right_from
from tenants.referring import forms
from tenants.referring.forms import NO_DECISION, StepForm
from tenants.referring.kinds import CameBy

Fields = list[tuple[str, str]]
# In the order of the pages.
FORMS: Mapping[str, type[StepForm]] = {
    "who": forms.WhoForm,
    "permission": forms.PermissionForm,
    "you": forms.ReferrerForm,
    "where": forms.WhereForm,
    "council": forms.CouncilForm,
    "child": forms.ChildForm,
    "plan": forms.PlanForm,
    "decides": forms.DecidesForm,
    "decision": forms.DecisionForm,
    "about": forms.AboutForm,
    "contact": forms.ContactForm,
    "needs": forms.NeedsForm,
    "call": forms.CallForm,
    "time": forms.TimeForm,
}
# An officer is known and works inside the council; the family chooses its own time.
NOT_ASKED_OF_OFFICERS = frozenset({"who", "you", "where", "council", "call", "time"})
OFFICERS_FORMS: Mapping[str, type[StepForm]] = {
    "child": forms.OfficersChildForm,
    "about": forms.OfficersAboutForm,
}
# On which page a rule's field is put right.
STEP_OF = {
    "given_name": "child",
    "family_name": "child",
    "date_of_birth": "child",
    "upn": "child",
    "plan_maintained_until": "plan",
    "decision_type": "decision",
    "notice_sent": "decision",
    "permission_on": "permission",
    "contact_name": "contact",
    "route": "who",
}


@dataclass
class Answers:
    """What was sent so far of one referral. Days are days in England."""

    came_by: CameBy
    today: dt.date
    told: dict[str, Fields] = field(default_factory=dict)

    def form(self, step: str) -> StepForm:
        """The page's form as it was sent; its choices that change are not in it."""
        return self.kind(step)(MultiDict(self.told.get(step, [])), meta={"csrf": False})

    def kind(self, step: str) -> type[StepForm]:
        if self.came_by is CameBy.AUTHORITY and step in OFFICERS_FORMS:
            return OFFICERS_FORMS[step]
        if step == "contact" and self.route.is_family:
            return forms.OwnContactForm
        return FORMS[step]

    def said(self, step: str, name: str) -> str:
        return next((value for key, value in self.told.get(step, []) if key == name), "").strip()

    @property
    def route(self) -> Route:
        if self.came_by is CameBy.AUTHORITY:
            return Route.AUTHORITY
        said = self.said("who", "who")
        return Route(said) if said in set(Route) else Route.PARENT

    @property
    def born(self) -> dt.date | None:
        """The date of birth, where one was entered that can be read."""
        if "child" not in self.told:
            return None
        found: dt.date | None = self.form("child").date_of_birth.data
        return found if found is not None and found < self.today else None

    @property
    def notice_sent(self) -> dt.date | None:
        if "decision" not in self.told:
            return None
        found: dt.date | None = self.form("decision").notice_sent.data
        return found

    @property
    def own_right(self) -> bool:
        return self.born is not None and holds_own_right(self.born, self.today)

    @property
    def call_at(self) -> dt.datetime | None:
        """The time that was chosen for a call."""
        try:
            chosen = dt.datetime.fromisoformat(self.said("time", "time"))
        except ValueError:
            return None
        return chosen if "time" in self.steps() and chosen.tzinfo is not None else None

    def steps(self) -> list[str]:
        """The pages that there are for what was answered, in their order."""
        return [step for step in FORMS if self._is_asked(step)]

    def _is_asked(self, step: str) -> bool:
        if self.came_by is CameBy.AUTHORITY and step in NOT_ASKED_OF_OFFICERS:
            return False
        if step in ("permission", "you"):
            return not self.route.is_family
        if step == "plan":
            return self.born is not None and self._is_at_25(self.born)
        if step == "decides":
            return self.own_right and self.route is not Route.YOUNG_PERSON
        if step == "time":
            day = self.said("call", "day")
            return bool(day) and day not in (forms.ANY_TIME, forms.NO_CALL)
        return True

    def _is_at_25(self, born: dt.date) -> bool:
        return last_day_of_right(born) < self.today < birthday(born, 26)

    def missing(self) -> str | None:
        """The first page that is not answered yet; None where all are."""
        return next((step for step in self.steps() if step not in self.told), None)

    def after(self, step: str) -> str:
        """The page that follows: the next one, or 'check' where that was answered before."""
        steps = self.steps()
        later = steps[steps.index(step) + 1 :] if step in steps else steps
        return next((one for one in later if one not in self.told), "check")

    def before(self, step: str) -> str | None:
        """The page before; None where it is the first."""
        steps = self.steps()
        place = steps.index(step) if step in steps else len(steps)
        return steps[place - 1] if place else None

    def stopped(self) -> str | None:
        """Why it cannot go on now: what has to be done first, as a word for the page; or None."""
        if "permission" in self.steps() and self.said("permission", "given") == "no":
            return "permission"
        if "decides" in self.steps() and self.said("decides", "decides") == "not_yet":
            return "young person"
        if self.route is Route.YOUNG_PERSON and self.born is not None and not self.own_right:
            return "parent"
        return None

    def own_from(self) -> dt.date | None:
        return own_right_from(self.born) if self.born is not None else None


def referral_of(answers: Answers, *, opened_on: dt.date) -> NewReferral:
    """The referral that was told. The pages have asked for everything in it."""
    child, decision = answers.form("child"), answers.form("decision")
    about, contact, needs = (answers.form(step) for step in ("about", "contact", "needs"))
    none = decision.decision.data == NO_DECISION
    permission = answers.form("permission") if "permission" in answers.steps() else None
    plan = answers.form("plan") if "plan" in answers.steps() else None
    content = decision.decision.data == "CONTENT"
    asks_agreement = answers.route is Route.PARENT and answers.said("decides", "decides") == "own"
    name = f"{child.given_name.data} {child.family_name.data}"
    return NewReferral(
        service=Service.DISAGREEMENT_RESOLUTION if none else Service.MEDIATION,
        route=answers.route,
        opened_on=opened_on,
        given_name=child.given_name.data or "",
        family_name=child.family_name.data or "",
        date_of_birth=child.date_of_birth.data,
        upn=child.upn.data or None if "upn" in child else None,
        authority_reference=(
            child.authority_reference.data or None if "authority_reference" in child else None
        ),
        decision_type=None if none else decision.decision.data,
        notice_sent=None if none else decision.notice_sent.data,
        sections="".join(about.sections.data or []) if content else "",
        health_issue=about.health_issue.data,
        social_care_issue=about.social_care_issue.data,
        permission_on=(
            permission.permission_on.data if permission else opened_on if asks_agreement else None
        ),
        permission_by=(permission.permission_by.data or "")
        if permission
        else name * asks_agreement,
        permission_how=(
            (permission.permission_how.data or "")
            if permission
            else "as the parent wrote in the form" * asks_agreement
        ),
        capacity=_capacity(answers),
        plan_maintained_until=plan.plan_maintained_until.data if plan else None,
        parties=(
            NewParty(
                side=Side.FAMILY,
                name=contact.contact_name.data or "",
                relation=contact.contact_relation.data or "",
                email=contact.contact_email.data or None,
                telephone=contact.contact_telephone.data or None,
                postcode=answers.form("where").postcode.data or None,
                preferred_communication=contact.preferred_communication.data or None,
                adjustments=_needs(needs) or None,
                interpreter=needs.interpreter.data or None,
            ),
        ),
    )


def _capacity(answers: Answers) -> str:
    if answers.route is Route.YOUNG_PERSON:
        return "own"
    said = answers.said("decides", "decides") if "decides" in answers.steps() else ""
    return said if said in ("own", "represented") else ""


def _needs(needs: StepForm) -> str:
    """What they need, with when it is safe to call first: whoever dials reads that first."""
    parts = []
    if needs.messages.data == "no":
        parts.append("Never leave a message or speak with anybody else.")
    if needs.safe_times.data:
        parts.append(f"Safe to call: {needs.safe_times.data}.")
    if needs.adjustments.data:
        parts.append(needs.adjustments.data)
    return " ".join(parts)


def notes_of(answers: Answers) -> list[str]:
    """What was told beside the referral's own fields, for the provider alone."""
    notes = [
        f"What it is about, as it was written in the form:\n\n{answers.form('about').about.data}"
    ]
    if "you" in answers.steps():
        you = answers.form("you")
        reached = ", ".join(filter(None, (you.telephone.data, you.email.data)))
        notes.append(f"Referred by {you.name.data}, {you.organisation.data} ({reached}).")
    if school := answers.form("child").school.data:
        notes.append(f"School or college: {school}.")
    if answers.said("decision", "certificate") == "yes":
        notes.append("They say that another service has given them a certificate about this.")
    if answers.said("call", "day") == forms.NO_CALL:
        notes.append("They asked for no call: please write.")
    return notes
