"""The forms of a meeting's arrangement."""

from __future__ import annotations

import datetime as dt

from flask_babel import lazy_gettext as later
from wtforms.validators import URL

from saas.web.field_shapes import (
    button,
    choice_field,
    date_field,
    line_field,
    list_field,
    several_field,
    text_field,
    tick_field,
    time_field,
    yes_or_no_field,
)
from tenants.casework.forms import SIDES, CaseForm, DayForm, OwnConsentForm
from tenants.casework.kinds import OUTCOME_WORDS, DelayCause

CAUSE_WORDS = {
    DelayCause.AUTHORITY: "The local authority",
    DelayCause.FAMILY: "The family",
    DelayCause.PROVIDER: "The provider",
}
RESULT_WORDS = {
    "agreed_to_assess": "The authority agreed to assess",
    "back_to_panel": "It goes back to the authority's panel",
    "decision_stands": "The decision stands",
    "other_steps": "Other steps",
}
HEARD_WORDS = {
    "in_person": "The child or young person came to the meeting",
    "spoke_before": "They spoke with the mediator beforehand",
    "in_writing": "In writing, a drawing or a recording",
    "through_advocate": "Through an advocate",
    "through_family": "Through the family",
}


class AppointForm(CaseForm):
    person = choice_field("Whom to appoint", needed="Choose whom to appoint")
    submit = button("Appoint")


class InformForm(CaseForm):
    family_on = date_field(
        "When the family told the authority",
        subject="The date the family told the authority",
        hint="Leave it empty if it is not known.",
    )
    adviser_on = date_field(
        "When the adviser told the authority",
        subject="The date the adviser told the authority",
    )
    submit = button("Save")


class HealthForm(DayForm):
    only = choice_field(
        "Is health the only issue?",
        [
            ("yes", "Yes: the ICB arranges the mediation, and the authority takes no part"),
            ("no", "No: the authority arranges it, and the ICB takes part"),
        ],
        needed="Say whether health is the only issue",
    )


class OfferForm(CaseForm):
    first_on = date_field("First date", subject="The first date", needed="Enter a date to offer")
    first_time = time_field("Time of the first date", needed="Enter the time of the first date")
    second_on = date_field("Second date", subject="The second date")
    second_time = time_field("Time of the second date")
    third_on = date_field("Third date", subject="The third date")
    third_time = time_field("Time of the third date")
    submit = button("Offer these dates")

    FIELD_OF = {"dates": "first_on"}  # noqa: RUF012

    def offered(self) -> list[tuple[dt.date, str]]:
        """The dates that were entered, each with its time."""
        return [
            (self[f"{one}_on"].data, self[f"{one}_time"].data or "")
            for one in ("first", "second", "third")
            if self[f"{one}_on"].data
        ]


class AnswerForm(CaseForm):
    can = several_field(
        later("Which of these dates suit"),
        hint=later("Choose all that do. Those you leave do not suit."),
    )
    submit = button(later("Send the answer"))


class SideAnswerForm(AnswerForm):
    side = choice_field(
        "Whose answer it is",
        [("family", "The family's"), ("authority", "The local authority's")],
        needed="Choose whose answer it is",
    )


class FixForm(CaseForm):
    meeting_on = date_field(
        "Date of the meeting",
        subject="The date of the meeting",
        needed="Enter the date of the meeting",
    )
    time = time_field("Time", needed="Enter the time of the meeting")
    place = line_field(
        "Place", hint="Neutral, and with the access that those who come need.", longest=300
    )
    video_link = line_field(
        "Link of the video meeting",
        longest=500,
        validators=[URL(message="Enter the whole link, with https://")],
    )
    fixed_on = date_field(
        "When everybody was told",
        subject="The date everybody was told",
        needed="Enter when everybody was told",
    )
    consented_by = line_field(
        "Who of the family consented to short notice",
        hint="Needed only with less than 5 working days' notice.",
        longest=120,
    )
    submit = button("Fix the meeting")


class RepresentativeForm(CaseForm):
    name = line_field("Name", needed="Enter the name of the representative", longest=120)
    role = line_field("Role", needed="Enter the role of the representative", longest=120)
    may_decide = tick_field(
        "This person has the authority's power to decide at the meeting",
    )
    submit = button("Name them")


class CompanionForm(CaseForm):
    """Somebody whom the side at the page brings."""

    name = line_field(later("Name"), needed=later("Enter the name"), longest=120)
    role = line_field(
        later("Who they are"),
        hint=later("For example, advocate, grandmother, interpreter, head teacher."),
        needed=later("Enter who they are"),
        longest=120,
    )
    submit = button(later("Add to the list"))


class ParticipantForm(CompanionForm):
    side = choice_field("Who brings them", SIDES, needed="Choose who brings them")


class HeardForm(CaseForm):
    how = choice_field(
        "How the child or young person was heard", HEARD_WORDS.items(), needed="Choose how"
    )
    on = date_field("When", needed="Enter the date")
    submit = button("Save")


class CancelForm(CaseForm):
    cancelled_by = choice_field(
        "Who cancelled",
        ((k.value, v) for k, v in CAUSE_WORDS.items()),
        needed="Choose who cancelled",
    )
    on = date_field(
        "On which day",
        subject="The day of cancelling",
        needed="Enter the day on which it was cancelled",
    )
    time = time_field("At what time", needed="Enter the time at which it was cancelled")
    reason = line_field(
        "Why",
        hint="The authority and the family can read this.",
        needed="Say why",
        longest=300,
    )
    submit = button("Record the cancellation")


class MeetingHeldForm(CaseForm):
    on = date_field(
        "Date of the meeting",
        subject="The date of the meeting",
        needed="Enter the date of the meeting",
    )
    started_at = time_field("Started at", needed="Enter the time at which it started")
    ended_at = time_field("Ended at", needed="Enter the time at which it ended")
    attended = several_field("Who came")
    authority_attended = yes_or_no_field(
        "Did the authority attend?", needed="Say whether the authority attended"
    )
    could_decide = yes_or_no_field(
        "Did its representative have the power to decide?",
        no="No, or nobody came",
        needed="Say whether its representative had the power to decide",
    )
    voice_heard = yes_or_no_field(
        "Was the voice of the child or young person heard?",
        needed="Say whether the child's voice was heard",
    )
    further = choice_field(
        "Was it adjourned to a further meeting?",
        [("no", "No"), ("yes", "Yes, there will be a further meeting")],
        needed="Say whether there will be a further meeting",
    )
    delay_cause = list_field(
        "Where the delay was caused",
        ((k.value, v) for k, v in CAUSE_WORDS.items()),
        hint="Asked when the 30 days are missed.",
    )
    submit = button("Record the meeting")


class ConcludeForm(CaseForm):
    on = date_field(
        "Concluded on",
        subject="The date it concluded",
        needed="Enter when it concluded",
    )
    value = choice_field(
        "Outcome",
        ((k.value, v) for k, v in OUTCOME_WORDS.items()),
        needed="Choose the outcome",
    )
    result = choice_field("What it came to", RESULT_WORDS.items(), needed="Choose what it came to")
    words = text_field(
        "More about it",
        hint="Shared with both sides. What was said in the meeting stays there.",
        longest=1000,
    )
    submit = button("Record the outcome")


class FamilyConsentForm(OwnConsentForm):
    """The same, in the words of the family's page."""

    answer = yes_or_no_field(
        later("Do you want to take part?"),
        yes=later("Yes, I want to take part"),
        no=later("No, I do not"),
        needed=later("Choose whether you want to take part"),
    )
