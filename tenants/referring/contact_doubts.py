"""What looks like a slip in how a family is reached: asked once, and never in the way."""

from __future__ import annotations

from flask_babel import gettext

from saas.reference.mail_domains import likely_meant
from saas.reference.written import NotReadable, read_telephone
from tenants.referring.answers import Answers
from tenants.referring.forms import StepForm

# Councils, schools that they run, and the NHS write from these.
OFFICIAL = (".gov.uk", ".nhs.uk", ".sch.uk")


def doubts_about_contact(answers: Answers, step: str, form: StepForm) -> list[str]:
    """What a person may want to look at again before going on, each in plain words."""
    if step == "you":
        email, meant = _slip(form.email.data)
        said = gettext(
            "Your e-mail address is %(email)s. Did you mean %(meant)s?", email=email, meant=meant
        )
        return [said] if meant else []
    if step != "contact":
        return []
    telephone = form.contact_telephone.data or ""
    email, meant = _slip(form.contact_email.data)
    doubts = []
    if meant:
        doubts.append(
            gettext(
                "The e-mail address is %(email)s. Did you mean %(meant)s?", email=email, meant=meant
            )
        )
    domain = email.rpartition("@")[2].lower()
    if f".{domain}".endswith(OFFICIAL):
        doubts.append(
            gettext(
                "An address at %(domain)s is read at work. If you can, give an e-mail address of"
                " the family's own, so that only the family reads what we send.",
                domain=domain,
            )
        )
    if "you" in answers.steps():
        if email and email.lower() == answers.said("you", "email").lower():
            doubts.append(
                gettext(
                    "This is the e-mail address that you gave as your own. Is it how we reach the"
                    " family, too?"
                )
            )
        if telephone and _number(telephone) == _number(answers.said("you", "telephone")):
            doubts.append(
                gettext(
                    "This is the telephone number that you gave as your own. Is it how we reach the"
                    " family, too?"
                )
            )
    return doubts


def _slip(written: str | None) -> tuple[str, str]:
    """An address, and what was likely meant by it; empty if it looks right."""
    email = written or ""
    return email, likely_meant(email) or ""


def _number(written: str) -> str:
    """The digits alone; nothing of what is no number."""
    try:
        return read_telephone(written)
    except NotReadable:
        return "".join(char for char in written if char.isdigit())
