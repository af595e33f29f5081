"""Whether what was entered of a contact belongs here: asked once more where it looks otherwise."""

from __future__ import annotations

from saas.database.scope import ScopedSession
from saas.reference.postcodes import look_up
from saas.web.access import the_tenancy
from saas.web.checking import Check

# Councils, schools that they run, and the NHS write from these: the other party, or one of its own.
OFFICIAL = (".gov.uk", ".nhs.uk", ".sch.uk")


def asks_about_contact(
    session: ScopedSession, *, email: str | None, postcode: str | None, button: str
) -> Check | None:
    """What looks as if it were the wrong place or the wrong person; None where nothing does."""
    follows = []
    here = the_tenancy()
    if postcode:
        found = look_up(session, postcode)
        if found.authority and found.authority != here.slug:
            follows.append(
                f"{postcode} lies in {found.authority_name}, and the case is {here.name}'s. Another"
                " authority may be responsible where the child lives, or where it is looked after."
            )
    domain = (email or "").rpartition("@")[2].lower()
    if f".{domain}".endswith(OFFICIAL):
        follows.append(
            f"An address at {domain} is an official's, and may be the other party's: what we send"
            " the family would be read there. For a looked-after child, record who acts for the"
            " child, and use an address of their own."
        )
    return Check("Is this contact right?", follows, button) if follows else None
