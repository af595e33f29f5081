"""The forms of an agreement and of what follows from it."""

from __future__ import annotations

from typing import Self

from flask_babel import gettext
from flask_babel import lazy_gettext as later
from wtforms import StringField
from wtforms.validators import ValidationError

from saas.documents.pdf import is_printable
from saas.web.field_shapes import (
    button,
    choice_field,
    choices,
    date_field,
    line_field,
    list_field,
    several_field,
    text_field,
    tick_field,
)
from tenants.agreements.text import Signer
from tenants.casework.forms import SIDES, CaseForm
from tenants.casework.kinds import Side
from tenants.casework.models import AgreedStep
from tenants.casework.row_columns import ALTERNATIVES
from tenants.law.decisions import STEP_KINDS


class WordingForm(CaseForm):
    wording = text_field(
        "What was agreed, in the participants' own words",
        hint="Steps with a date are added below. Nothing of what was said on the way belongs here.",
        longest=10_000,
        keep_lines=True,
    )
    submit = button("Keep the words")


class StepForm(CaseForm):
    wording = text_field(
        "What will be done",
        hint="One thing, so plain that everyone will know whether it was done.",
        needed="Write what will be done",
        longest=2000,
    )
    responsible = choice_field("Who does it", SIDES, needed="Choose who does it")
    who = line_field("Who of them", hint="A name or a role, if it was said.", longest=120)
    kind = list_field(
        "What kind of step it is",
        STEP_KINDS.items(),
        hint="It decides by when the Regulations want it done.",
        needed="Choose what kind of step it is",
    )
    due_on = date_field(
        "Another date that was agreed", hint="Leave it empty for the time in the Regulations."
    )
    agreement_says_so = tick_field("The agreement itself says this date (regulation 42(5))")
    submit = button("Keep the step")


class SendingForm(CaseForm):
    signers = several_field("Who has to sign", needed="Choose who has to sign")
    dated = choice_field(
        "Which day is the day of the agreement",
        hint="The times of the steps are counted from it.",
        start="last_signature",
        needed="Choose the day of the agreement",
    )
    school = line_field(
        "Who has to sign for a school",
        hint="A name and a role. Leave it empty if nobody does.",
        longest=120,
    )
    other = line_field("Who else has to sign", hint="A name and a role.", longest=120)
    submit = button("Send it to be signed")

    def others(self) -> list[Signer]:
        """Those who are named here because no list knows them."""
        named = (
            Signer("school", Side.SCHOOL, self.school.data or "", "For the school"),
            Signer("other", Side.OTHER, self.other.data or "", ""),
        )
        return [one for one in named if one.name]


class CallingBackForm(CaseForm):
    reason = text_field(
        "Why it is called back",
        hint="Both sides can read it.",
        needed="Say why it is called back",
        longest=1000,
    )
    submit = button("Call it back")


class PaperForm(CaseForm):
    signer = choice_field("Who signed on paper", needed="Choose who signed")
    typed_name = line_field(
        "The name as it was signed", needed="Enter the name as it was signed", longest=120
    )
    signed_on = date_field(
        "The day of the signature",
        subject="The day of the signature",
        needed="Enter the day of the signature",
    )
    submit = button("Record the signature")


class SignForm(CaseForm):
    """To sign a text. The name is printed, so it must have letters that can be."""

    agreed = tick_field(
        later("I have read it and I agree to it"),
        needed=later("Tick that you have read it and agree to it"),
    )
    typed_name = line_field(
        later("Your full name"),
        hint=later("Typing it here is your signature."),
        needed=later("Type your full name to sign"),
        longest=120,
    )
    submit = button(later("Sign the agreement"))

    def validate_typed_name(self, field: StringField) -> None:
        if field.data and not is_printable(field.data):
            raise ValidationError(gettext("Type your name in other letters as well: it is printed"))


class CopiesForm(CaseForm):
    to = several_field("Who was sent a copy", SIDES, needed="Choose who was sent a copy")
    way = choice_field(
        "How",
        ((w, w) for w in ("E-mail", "Post", "Handed over", "On their own page")),
        needed="Choose how it was sent",
    )
    on = date_field("When", needed="Enter when it was sent")
    submit = button("Record the copies")


DONE_WORDS = {
    "final_plan": "The final plan was issued",
    "no_plan": "It was decided not to issue a plan, and the family was told",
}


class StepDoneForm(CaseForm):
    on = date_field("When it was done", needed="Enter when it was done")
    evidence = text_field(
        "What shows it",
        hint="For example: plan sent by e-mail, reference of the letter. Both sides can read it.",
        longest=1000,
    )
    part = choice_field("What was done", needed="Choose what was done")
    submit = button("Record the step as done")

    def for_step(self, step: AgreedStep) -> Self:
        """Ask which of its alternatives was done, of a step that has some."""
        ways = ALTERNATIVES.get((step.kind, step.part))
        if ways is None:
            del self.part
        else:
            self.part.choices = choices((way, DONE_WORDS[way]) for way in ways)
        return self

    @property
    def done_part(self) -> str | None:
        return self.part.data if "part" in self else None
