"""What the families' pages say by a word that stands elsewhere, for the catalogues to find.

A stage, a side or a kind of paper has its English word in one place, which staff's pages use as it
is. A family's page puts that word through the catalogue of its language; so each stands here too.
A test compares them with where they are from.
"""

from __future__ import annotations

from flask_babel import lazy_gettext as later

# The pages of which everything is in the catalogues: a family's, and where it asks for a new link.
TRANSLATED_PAGES = frozenset(
    {
        "family_link.ask",
        *(
            f"family_case.{name}"
            for name in (
                *("agreement", "case", "check", "choice", "complaint", "consent", "dates"),
                *("agreement_objection_of_family", "call_back", "call_back_cancel"),
                *("document_withdrawal",),
                *("document_upload", "feedback", "step_not_done", "told_how_page", "who_comes"),
            )
        ),
    }
)

SPOKEN = tuple(
    str(word)
    for word in (
        # The frame.
        later("Your mediation"),
        later("Public pages"),
        later("Mediation and advice about special educational needs"),
        later("Accessibility"),
        later("Privacy"),
        later("Help"),
        # Whom one meets, and what it is about.
        later("Mediation"),
        later("Disagreement resolution"),
        later("Facilitation"),
        later("your integrated care board (the NHS)"),
        later("health"),
        later("social care"),
        later("health and social care"),
        # Sides, and the parts of a step.
        later("Family"),
        later("Local authority"),
        later("Health (ICB)"),
        later("School"),
        later("Someone else"),
        later("Tell the family that it will assess or re-assess"),
        later("Decide not to issue a plan, and tell the family"),
        later("Send the draft plan"),
        later("Issue the final plan"),
        # Papers.
        later("Summary for the meeting"),
        later("Decision letter"),
        later("EHC plan or draft"),
        later("Report or advice"),
        later("Permission or consent"),
        later("Agreement"),
        later("Evidence that a step is done"),
        later("Something else"),
        later("The family's"),
        later("The authority's"),
        later("Ours, or somebody else's"),
        later("Provider only"),
        later("Provider and authority"),
        later("Provider and family"),
        later("Shared with parties"),
        # How somebody signed.
        later("by personal link"),
        later("by signing link"),
        later("by sign-in"),
        later("on paper"),
        # What is refused on these pages.
        later("This text was changed: it is not for signing any more"),
        later("This is signed already"),
        later("There are no dates to answer"),
        later("This is not your document. Ask the mediation service to withdraw it."),
        later("This document was withdrawn already."),
        later("Both sides have read this summary: what was exchanged cannot be withdrawn."),
        later("This time has just been taken: choose another"),
        later("This call begins in less than an hour: telephone us to change it"),
        later("One of these dates is not offered any more"),
        later("The case is closed"),
        later("Fill this in"),
        later("Choose one of the answers shown"),
        later("Choose only from the answers shown"),
        later("Check what you entered here"),
        # When something cannot be shown.
        later("Page not found"),
        later("There is nothing at this address that you can see."),
        later(
            "If you typed the address, check it. If you followed a link, what it pointed to may "
            "have moved, or belong to someone else."
        ),
        later("That is too large"),
        later("What you sent is larger than the service takes."),
        later("Send a smaller file, or split it into parts. Nothing was saved."),
    )
)
