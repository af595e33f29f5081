"""The forms of facilitation."""

from __future__ import annotations

from saas.web.field_shapes import (
    button,
    choice_field,
    date_field,
    email_field,
    line_field,
    list_field,
    text_field,
)
from tenants.casework.forms import SIDES, CaseForm
from tenants.facilitation.models import MEETING_WORDS


class MeetingForm(CaseForm):
    meeting_type = list_field(
        "Which meeting",
        ((k.value, v) for k, v in MEETING_WORDS.items()),
        needed="Choose which meeting it is",
    )
    purpose = text_field("What it is for", needed="Say what the meeting is for", longest=2000)
    requested_by = line_field("Who asked for it", needed="Enter who asked for it", longest=120)
    requested_by_side = choice_field("On whose side", SIDES, needed="Choose on whose side they are")
    submit = button("Keep it")


class InviteeForm(CaseForm):
    name = line_field("Name", needed="Enter the name", longest=120)
    role = line_field(
        "Role",
        hint="For example, SENCO, educational psychologist, grandmother.",
        needed="Enter the role",
        longest=80,
    )
    side = choice_field("Side", SIDES, needed="Choose the side")
    email = email_field()
    submit = button("Invite")


class PaperForm(CaseForm):
    FIELD_OF = {"on": "agreed_on"}  # noqa: RUF012

    text = text_field("Text", needed="Write the text", longest=20_000, keep_lines=True)
    share = choice_field(
        "What to do with it",
        [("draft", "Keep it as a draft"), ("share", "Share it with everyone")],
        start="draft",
        needed="Choose what to do with it",
    )
    agreed_on = date_field("Date", needed="Enter the date")
    submit = button("Keep it")


class ActionPointForm(CaseForm):
    what = text_field(
        "What will be done",
        hint="In the participants' own words.",
        needed="Enter what will be done",
        longest=2000,
    )
    who = line_field("Who does it", needed="Enter who does it", longest=120)
    side = choice_field("On whose side", SIDES, needed="Choose the side")
    agreed_on = date_field("When it was agreed", needed="Enter the date")
    due_on = date_field("By when", needed="Enter by when")
    submit = button("Record it")


class DoneForm(CaseForm):
    FIELD_OF = {"point": "done_on"}  # noqa: RUF012

    done_on = date_field("When it was done", needed="Enter the date")
    submit = button("Record it")
