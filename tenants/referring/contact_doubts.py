"""What looks like a slip in how a family is reached: asked once, and never in the way. Pure."""

from __future__ import annotations

from saas.reference.mail_domains import likely_meant
from saas.reference.written import NotReadable, read_telephone
from tenants.referring.answers import Answers
from tenants.referring.forms import StepForm

# Councils, schools that they run, and the NHS write from these.
OFFICIAL = (".gov.uk", ".nhs.uk", ".sch.uk")


def doubts_about_contact(answers: Answers, step: str, form: StepForm) -> list[str]:
    """What a person may want to look at again before going on, each in plain words."""
    if step == "you":
        return _slips("Your e-mail address", form.email.data or "")
    if step != "contact":
        return []
    email, telephone = form.contact_email.data or "", form.contact_telephone.data or ""
    doubts = _slips("The e-mail address", email)
    domain = email.rpartition("@")[2].lower()
    if f".{domain}".endswith(OFFICIAL):
        doubts.append(
            f"An address at {domain} is read at work. If you can, give an e-mail address of the"
            " family's own, so that only the family reads what we send."
        )
    if "you" in answers.steps():
        if email and email.lower() == answers.said("you", "email").lower():
            doubts.append(
                "This is the e-mail address that you gave as your own. Is it how we reach the"
                " family, too?"
            )
        if telephone and _number(telephone) == _number(answers.said("you", "telephone")):
            doubts.append(
                "This is the telephone number that you gave as your own. Is it how we reach the"
                " family, too?"
            )
    return doubts


def _slips(what: str, email: str) -> list[str]:
    meant = likely_meant(email)
    return [f"{what} is {email}. Did you mean {meant}?"] if meant else []


def _number(written: str) -> str:
    """The digits alone; nothing of what is no number."""
    try:
        return read_telephone(written)
    except NotReadable:
        return "".join(char for char in written if char.isdigit())
