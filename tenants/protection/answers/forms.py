"""The forms of requests."""

from __future__ import annotations

from typing import Any

from saas.web.field_shapes import (
    choice_field,
    date_field,
    line_field,
    list_field,
    several_field,
    text_field,
)
from tenants.casework.forms import CaseForm
from tenants.protection.answers.models import HOW, OUTCOMES, SubjectRequest


class FindForm(CaseForm):
    typed = line_field(
        "Who asks",
        longest=100,
        needed="Enter a name, or the number of a case",
        hint="The name of a child, a parent or another party, or a case's number.",
    )


class RequestForm(CaseForm):
    received_on = date_field("When it came", needed="Enter the day on which it came")
    cases = several_field("Which cases it is about", needed="Choose at least one case")


class FollowUpForm(CaseForm):
    acknowledged_on = date_field("When it was acknowledged")
    identity_on = date_field(
        "When it was sure who asks", hint="The month runs from then, if that had to be asked for."
    )
    how_known = list_field("How that was made sure of", list(HOW.items()), blank="Not yet")
    extended_on = date_field(
        "When the person was told that more time is needed", hint="Two further months at most."
    )
    extended_because = text_field("Why more time is needed", longest=1_000)

    @classmethod
    def of(cls, request: SubjectRequest) -> FollowUpForm:
        """The form as the request stands."""
        names = (
            *("acknowledged_on", "identity_on", "how_known"),
            *("extended_on", "extended_because"),
        )
        known: dict[str, Any] = {name: getattr(request, name) for name in names}
        return cls(formdata=None, data=known)


class AnswerForm(CaseForm):
    answered_on = date_field("When it was answered", needed="Enter the day of the answer")
    outcome = choice_field(
        "How it was answered", list(OUTCOMES.items()), needed="Choose how it was answered"
    )
    outcome_words = text_field("Why, where it was refused", longest=1_000)
