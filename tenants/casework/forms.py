"""The forms of casework. Dates are days in England; what a rule refuses is shown at its field."""

from __future__ import annotations

from flask_babel import lazy_gettext as later
from govuk_frontend_wtf.wtforms_widgets import GovTextInput
from wtforms import IntegerField
from wtforms.validators import InputRequired, NumberRange

from saas.web.field_shapes import (
    button,
    choice_field,
    date_field,
    line_field,
    text_field,
    yes_or_no_field,
)
from saas.web.forms import PageForm
from saas.web.languages import said
from tenants.casework.kinds import APPEAL_WORDS, CHOICE_WORDS, EARLY_END_WORDS, SIDE_WORDS
from tenants.casework.record import RuleBroken

MIAS_WAYS = ["telephone", "video", "in person", "in writing"]
SIDES = [(side.value, words) for side, words in SIDE_WORDS.items()]
CHOICES = [(choice.value, words) for choice, words in CHOICE_WORDS.items()]

NOT_SO = later("This cannot be done just now. Call us, and we do it with you.")


class CaseForm(PageForm):
    """A form whose mistakes may also be found by the rules of a case."""

    def refuse(self, broken: RuleBroken) -> None:
        """Show what a rule refused at the field it names, or above the form."""
        field = self._fields.get(self.FIELD_OF.get(broken.field, broken.field))
        if field is None:
            self.form_errors.append(said(str(broken), NOT_SO))
        else:
            field.errors = [*field.errors, said(str(broken), NOT_SO)]

    # Where a rule's field has another name in the form.
    FIELD_OF: dict[str, str] = {}  # noqa: RUF012


class MiasForm(CaseForm):
    FIELD_OF = {"on": "held_on", "value": "choice"}  # noqa: RUF012

    held_on = date_field(
        "Date of the conversation",
        subject="The date of the conversation",
        needed="Enter the date of the conversation",
    )
    way = choice_field(
        "How it was given",
        ((w, w.capitalize()) for w in MIAS_WAYS),
        needed="Choose how it was given",
    )
    minutes = IntegerField(
        "How many minutes it took",
        widget=GovTextInput(),
        validators=[
            InputRequired("Enter the minutes as a whole number"),
            NumberRange(1, 480, "Enter between 1 and 480 minutes"),
        ],
    )
    choice = choice_field("What the family chose", CHOICES, needed="Choose what the family chose")
    choice_on = date_field(
        "Date of the choice",
        subject="The date of the choice",
        needed="Enter the date of the choice",
    )
    submit = button("Record it")


class ChoiceForm(CaseForm):
    FIELD_OF = {"on": "choice_on", "value": "choice"}  # noqa: RUF012

    choice = choice_field(
        "What the family chooses now", CHOICES, needed="Choose what the family chose"
    )
    choice_on = date_field("Date it told us", needed="Enter the date")
    submit = button("Record the choice")


class SentForm(CaseForm):
    FIELD_OF = {"on": "sent_on", "value": "to"}  # noqa: RUF012

    to = line_field("Who received it", needed="Enter who received it", longest=120)
    how = choice_field(
        "How it was sent",
        ((w, w.capitalize()) for w in ("e-mail", "post", "by hand", "download")),
        needed="Choose how it was sent",
    )
    sent_on = date_field("When it was sent", needed="Enter the date")
    submit = button("Record it")


class WithdrawalForm(CaseForm):
    FIELD_OF = {"on": "withdrawn_on"}  # noqa: RUF012

    reason = text_field(
        "Why it is withdrawn",
        hint="It is printed on the withdrawn certificate.",
        needed="Say why it is withdrawn",
        longest=400,
    )
    withdrawn_on = date_field("Date of the withdrawal", needed="Enter the date")
    submit = button("Withdraw the certificate")


class ConsentForm(CaseForm):
    FIELD_OF = {"on": "answered_on", "value": "side"}  # noqa: RUF012

    side = choice_field("Which side answered", SIDES, needed="Choose which side answered")
    answer = yes_or_no_field(
        "Does it take part?", yes="Yes, it consents", needed="Choose what it answered"
    )
    by = line_field("Who answered", needed="Enter who answered", longest=120)
    how = line_field(
        "How",
        hint="For example, by telephone or by e-mail.",
        needed="Enter how it was given",
        longest=60,
    )
    answered_on = date_field("When", needed="Enter the date")
    submit = button("Record the answer")


class OwnConsentForm(CaseForm):
    """A side's own answer, on its own page: who, when and how are known."""

    answer = yes_or_no_field(
        "Do you take part?", yes="Yes, we consent", needed="Choose whether you take part"
    )
    submit = button("Send the answer")


class AppealForm(CaseForm):
    FIELD_OF = {"on": "registered_on"}  # noqa: RUF012

    registered_on = date_field("Date the Tribunal registered the appeal", needed="Enter the date")
    told_by = choice_field("Who told us", SIDES, needed="Choose who told us")
    submit = button("Record the appeal")


class AppealOutcomeForm(CaseForm):
    FIELD_OF = {"on": "decided_on", "value": "outcome"}  # noqa: RUF012

    outcome = choice_field(
        "What came of it",
        ((k.value, v) for k, v in APPEAL_WORDS.items()),
        needed="Choose what came of it",
    )
    decided_on = date_field("When", needed="Enter the date")
    told_by = choice_field("Who told us", SIDES, needed="Choose who told us")
    submit = button("Record it")


class EarlyEndForm(CaseForm):
    FIELD_OF = {"on": "ended_on", "value": "how"}  # noqa: RUF012

    how = choice_field(
        "How it ended",
        ((k.value, v) for k, v in EARLY_END_WORDS.items()),
        needed="Choose how it ended",
    )
    ended_on = date_field("When we were told", needed="Enter the date")
    told_by = choice_field("Who told us", SIDES, needed="Choose who told us")
    to = line_field(
        "If the family moved: the authority it moved to",
        hint="If that authority subscribes, open a new case there.",
        longest=120,
    )
    what = text_field(
        "What was agreed, or why it ended",
        hint="Both sides can read this.",
        longest=2000,
        keep_lines=True,
    )
    certificate = yes_or_no_field(
        "Does the family want its mediation certificate?",
        yes="Yes: it may still appeal",
        hint="Whoever does not go on with mediation may have one (section 55(4)). It is needed for"
        " an appeal about anything that is not settled.",
        needed="Choose whether the family wants its certificate",
    )
    submit = button("Continue")


class ClosingForm(CaseForm):
    FIELD_OF = {"on": "closed_on"}  # noqa: RUF012

    closed_on = date_field("Date of closing", needed="Enter the date")
    why = line_field("Why it is closed", needed="Say why it is closed", longest=200)
    submit = button("Close the case")


class TakeBackForm(CaseForm):
    reason = line_field(
        "Why it is taken back",
        hint="For example: it was another step. Everyone in the case can read it.",
        needed="Say why it is taken back",
        longest=400,
    )
    submit = button("Take it back")


class NoteForm(CaseForm):
    text = text_field("Note", needed="Write the note", longest=10_000, keep_lines=True)
    audience = choice_field(
        "Who may read it",
        [
            ("provider", "The provider only"),
            ("parties", "The provider, the family and the authority"),
        ],
        start="provider",
        needed="Choose who may read it",
    )
    submit = button("Keep the note")


class DayForm(CaseForm):
    """One day on which something happened; the page says what."""

    on = date_field("Date", needed="Enter the date")
    submit = button("Save")
