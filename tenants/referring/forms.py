"""The pages of a referral, one thing each. Fields that staff type too are the staff form's own."""

from __future__ import annotations

import datetime as dt

from flask_babel import lazy_gettext as later
from wtforms import StringField
from wtforms.validators import ValidationError

from saas.web.field_shapes import (
    blank_first,
    button,
    choice_field,
    choices,
    date_field,
    email_field,
    line_field,
    list_field,
    name_field,
    postcode_field,
    telephone_field,
    text_field,
    yes_or_no_field,
)
from saas.web.languages import long_date, time_of_day
from tenants.casework.forms import CaseForm
from tenants.casework.kinds import Route
from tenants.casework.referral_forms import ReferralForm
from tenants.law.decisions import ALL_DECISION_TYPES

# What each decision is called by whoever got the letter; a new one by its name in the law.
PLAIN_DECISIONS = {
    "RTA": later("It will not carry out an EHC needs assessment"),
    "RTI": later("It will not make an EHC plan after an assessment"),
    "CONTENT": later("I do not agree with what is in the plan"),
    "PLACEMENT": later("I do not agree with the school in the plan, or none is named"),
    "RTRA": later("It will not assess again"),
    "RTAM": later("It will not change the plan after a review"),
    "CEASE": later("It will end the plan"),
}
NO_DECISION = "none"
DECISIONS = [
    *(
        (d.code, PLAIN_DECISIONS.get(d.code, d.name))
        for d in ALL_DECISION_TYPES
        if d.effective_to is None
    ),
    (NO_DECISION, later("Something else that the council does, or does not do")),
]
WHO = {
    Route.PARENT: later("A parent or carer"),
    Route.YOUNG_PERSON: later("A young person, for myself"),
    Route.SENDIASS: later("An adviser of SENDIASS"),
    Route.SCHOOL: later("Somebody at the school or college"),
    Route.AUTHORITY: later("Somebody at the council"),
    Route.OTHER: later("Somebody else who helps the family"),
}
ANY_TIME, NO_CALL = "any", "none"
WITHOUT_A_DAY = (
    (ANY_TIME, later("Any day, when an adviser is free")),
    (NO_CALL, later("No call: please write")),
)


class StepForm(CaseForm):
    """One page. `TITLE` is its heading, `LEAD` what stands below it."""

    TITLE = ""
    LEAD = ""
    # Fields that stand last on the page: those of the staff form are older than the page's own.
    LAST: tuple[str, ...] = ()
    submit = button(later("Continue"))


class WhoForm(StepForm):
    TITLE = later("Who are you?")
    who = choice_field(
        later("I am"),
        ((route.value, words) for route, words in WHO.items()),
        needed=later("Choose who you are"),
    )
    # Nobody sees it, so nobody fills it in but a program.
    website = StringField(later("Leave this field empty"))


class WhereForm(StepForm):
    TITLE = later("Where does the child live?")
    LEAD = later("We work for some councils only, so we ask for this first.")
    FIELD_OF = {"authority": "council"}  # noqa: RUF012
    postcode = postcode_field(
        later("Postcode of the family's home"), hint=later("For example, M33 2AA.")
    )
    council = list_field(later("Or choose the council"), blank=later("Found by the postcode"))


class CouncilForm(StepForm):
    TITLE = later("Is this the right council?")
    LEAD = later(
        "Near a border, after a move, or where a child is looked after, another council may be the"
        " right one. It is the one that wrote the letter."
    )
    right = yes_or_no_field(
        later("Is it the one that wrote the letter?"),
        yes=later("Yes"),
        no=later("No, it is another one"),
        needed=later("Choose whether it is the right council"),
    )
    council = list_field(later("If not: which council is it?"), blank=later("Choose"))

    def validate_council(self, field: object) -> None:
        if self.right.data == "no" and not self.council.data:
            raise ValidationError(later("Choose the council that wrote the letter"))


class PermissionForm(StepForm):
    TITLE = later("Does the family know, and agree?")
    LEAD = later(
        "The parent decides, or the young person when they are old enough. They must say yes before"
        " you tell us anything about them."
    )
    FIELD_OF = {"on": "permission_on"}  # noqa: RUF012
    given = yes_or_no_field(
        later("Have they said yes?"),
        yes=later("Yes, they know what I send, and agree"),
        no=later("Not yet"),
        needed=later("Choose whether the family has said yes"),
    )
    permission_by = line_field(later("Who said yes"), longest=120)
    permission_on = date_field(later("When"), subject=later("The date"))
    permission_how = line_field(
        later("How"), hint=later("For example, by telephone or by e-mail."), longest=120
    )

    def validate_permission_by(self, field: StringField) -> None:
        self._asked(field, later("Enter who said yes"))

    def validate_permission_on(self, field: StringField) -> None:
        self._asked(field, later("Enter when they said yes"))

    def validate_permission_how(self, field: StringField) -> None:
        self._asked(field, later("Enter how they said yes"))

    def _asked(self, field: StringField, needed: str) -> None:
        if self.given.data == "yes" and not field.data:
            raise ValidationError(needed)


class ReferrerForm(StepForm):
    TITLE = later("How can we reach you?")
    LEAD = later("We tell the family that you asked us to speak with it.")
    name = name_field(later("Your name"), needed=later("Enter your name"), longest=120)
    organisation = line_field(
        later("Where you work"), needed=later("Enter where you work, or 'nowhere'"), longest=120
    )
    telephone = telephone_field(later("Your telephone number"))
    email = email_field(later("Your e-mail address"), needed=later("Enter your e-mail address"))


class ChildForm(StepForm):
    TITLE = later("Who is it about?")
    LEAD = later("The child or young person with special educational needs.")
    given_name = ReferralForm.given_name
    family_name = ReferralForm.family_name
    date_of_birth = ReferralForm.date_of_birth
    school = line_field(later("School or college, if there is one"), longest=160)


class OfficersChildForm(ChildForm):
    upn = ReferralForm.upn
    authority_reference = ReferralForm.authority_reference


class PlanForm(StepForm):
    TITLE = later("Until when does the council keep the plan?")
    LEAD = later("At 25 we can help while the council still keeps the EHC plan.")
    plan_maintained_until = date_field(
        later("The day until which the plan is kept"),
        subject=later("The day"),
        needed=later("Enter the day until which the plan is kept"),
    )


class DecidesForm(StepForm):
    TITLE = later("They are old enough to decide for themselves")
    decides = choice_field(
        later("Who decides about mediation?"),
        [
            ("own", later("The young person decides, and agrees that I ask you")),
            ("represented", later("They cannot make this decision, so somebody decides for them")),
            ("not_yet", later("The young person does not know yet, or has not agreed")),
        ],
        needed=later("Choose who decides"),
    )


class DecisionForm(StepForm):
    TITLE = later("What has the council decided?")
    FIELD_OF = {"decision_type": "decision"}  # noqa: RUF012
    decision = choice_field(
        later("Which of these is it?"),
        DECISIONS,
        needed=later("Choose what the council has decided"),
    )
    notice_sent = date_field(
        later("Date of the letter"),
        subject=later("The date of the letter"),
        hint=later("It stands on the letter. Your time to appeal is counted from it."),
    )
    certificate = choice_field(
        later("Do you have a mediation certificate about it?"),
        [("no", later("No")), ("yes", later("Yes, another service gave me one"))],
        needed=later("Choose whether you have a certificate"),
    )

    def validate_notice_sent(self, field: StringField) -> None:
        if self.decision.data not in (None, NO_DECISION) and not field.data:
            raise ValidationError(later("Enter the date of the letter"))


class AboutForm(StepForm):
    TITLE = later("What is it about?")
    LAST = ("sections", "health_issue", "social_care_issue")
    LEAD = later("A few words are enough. Only we read this, not the council.")
    about = text_field(
        later("What do you not agree with?"),
        needed=later("Write in a few words what it is about"),
        longest=4000,
        keep_lines=True,
    )
    sections = ReferralForm.sections
    health_issue = ReferralForm.health_issue
    social_care_issue = ReferralForm.social_care_issue


class OfficersAboutForm(AboutForm):
    LEAD = later("The mediation adviser reads this. Do not copy the family's papers into it.")
    about = text_field(
        later("What is not agreed"),
        needed=later("Write in a few words what it is about"),
        longest=4000,
        keep_lines=True,
    )


class ContactForm(StepForm):
    TITLE = later("Whom shall we speak with?")
    LAST = ("preferred_communication",)
    FIELD_OF = {"contact_name": "contact_name"}  # noqa: RUF012
    contact_name = name_field(
        later("Name of the parent, carer or young person"),
        needed=later("Enter the name of the person we speak with"),
        longest=120,
    )
    contact_relation = line_field(
        later("Who they are to the child"),
        hint=later("For example, mother, father, foster carer, the young person."),
        needed=later("Enter who they are to the child"),
        longest=60,
    )
    contact_telephone = telephone_field(later("Telephone number"))
    contact_email = email_field(later("E-mail address"))
    preferred_communication = ReferralForm.preferred_communication

    def validate_contact_telephone(self, field: StringField) -> None:
        if not field.data and not self.contact_email.data:
            raise ValidationError(later("Enter a telephone number or an e-mail address"))


class OwnContactForm(ContactForm):
    TITLE = later("How can we reach you?")
    contact_name = name_field(later("Your name"), needed=later("Enter your name"), longest=120)
    contact_relation = line_field(
        later("Who you are to the child"),
        hint=later("For example, mother, father, foster carer."),
        needed=later("Enter who you are to the child"),
        longest=60,
    )
    contact_telephone = telephone_field(later("Your telephone number"))
    contact_email = email_field(later("Your e-mail address"))


class NeedsForm(StepForm):
    TITLE = later("What do you need from us?")
    LEAD = later("All of this may stay empty.")
    interpreter = line_field(
        later("Language of an interpreter"),
        hint=later("Or British Sign Language. It is free."),
        longest=60,
    )
    adjustments = text_field(
        later("Anything that makes it easier to talk with us"),
        hint=later("For example, large print, breaks, or somebody beside you."),
        longest=1200,
    )
    safe_times = line_field(
        later("When and how is it safe to call?"),
        hint=later("For example, after 4pm, or by text message first."),
        longest=200,
    )
    messages = choice_field(
        later("May we leave a message, or speak with whoever answers?"),
        [("yes", later("Yes")), ("no", later("No, never"))],
        needed=later("Choose whether we may leave a message"),
    )


class CallForm(StepForm):
    TITLE = later("When shall we call?")
    LEAD = later(
        "An adviser tells what mediation is, what can be chosen, and by when. It takes about 20"
        " minutes."
    )
    day = choice_field(later("Which day suits?"), needed=later("Choose a day"))

    def offer(self, days: list[dt.date]) -> CallForm:
        self.day.choices = choices(
            [
                *((day.isoformat(), long_date(day)) for day in days),
                *WITHOUT_A_DAY,
            ]
        )
        return self


class TimeForm(StepForm):
    TITLE = later("What time suits?")
    time = choice_field(later("Time of the call"), needed=later("Choose a time"))

    def offer(self, times: list[dt.datetime]) -> TimeForm:
        self.time.choices = choices([(time.isoformat(), time_of_day(time)) for time in times])
        return self


class CheckForm(CaseForm):
    website = StringField(later("Leave this field empty"))
    submit = button(later("Send it"))


class ReturnForm(CaseForm):
    email = email_field(later("Your e-mail address"), needed=later("Enter your e-mail address"))
    submit = button(later("Send me a link"))


class LetterDateForm(CaseForm):
    """For a family whose council we do not work for; nothing of it is kept."""

    letter = date_field(
        later("Date of the letter"),
        subject=later("The date of the letter"),
        needed=later("Enter the date of the letter"),
    )
    submit = button(later("Work out the days"))


def council_choices(form: WhereForm | CouncilForm, councils: list[tuple[str, str]]) -> None:
    blank = later("Found by the postcode") if isinstance(form, WhereForm) else later("Choose")
    form.council.choices = blank_first(councils, blank)
