"""What the public pages say by a word that stands elsewhere, for the catalogues to find.

A reason of the postcode's grammar, a time of the law and an error page have their English words in
one place; a page puts them through the catalogue of its language, so each stands here too. A test
compares them with where they are from.
"""

from __future__ import annotations

from flask_babel import lazy_gettext as later

# The pages of which everything is in the catalogues.
TRANSLATED_PUBLIC_PAGES = frozenset(
    {
        "complain.complain",
        "front_door.home",
        "front_door.postcode",
        *(
            f"front_referral.{name}"
            for name in (
                *("check", "come_again", "done", "elsewhere", "later", "start", "step"),
                "stopped",
            )
        ),
        "public_areas.area_page",
        "public_areas.areas",
        "public_guide.guide_page",
    }
)

SPOKEN = tuple(
    str(word)
    for word in (
        # What is wrong with a postcode.
        later("Enter a postcode, like M33 2AA."),
        later("A postcode has only letters and numbers, like M33 2AA."),
        later("No UK postcode starts with %(letters)s. Check the first letters of the postcode."),
        later("That is only the first half. Enter the full postcode, like M33 2AA."),
        later("A full UK postcode has five to seven letters and numbers, like M33 2AA."),
        later(
            "A postcode ends in a number and two letters, like 2AA in M33 2AA (never the letters"
            " C, I, K, M, O or V)."
        ),
        later("A postcode starts with one or two letters and then a number, like M33 in M33 2AA."),
        later("This postcode is not in England."),
        later(
            "This postcode is not on the list of English postcodes. It may be mistyped or very new."
        ),
        # What is wrong with a name, an address, a number.
        later("Enter the name in letters"),
        later("Enter an e-mail address like name@example.com"),
        later("Enter a telephone number, like 01632 960 001, or +353 1 234 5678 from abroad"),
        # The times of the law, and when we are there.
        later("2 months"),
        later("3 working days"),
        later("30 days"),
        later("5 working days"),
        later("2 months, or 1 month"),
        later("Monday to Friday, 9am to 6pm, not on bank holidays"),
        # The foot of every page.
        later("How we use your data"),
        later("Cookies"),
        later("Contact"),
        # When something cannot be shown.
        later("We could not read that request"),
        later("Something in the address or in what was sent is not what this page expects."),
        later("Go back, check what you entered and try again."),
        later("This page does not work that way"),
        later("The address exists, but it is not one that can be opened like this."),
        later("Go back to the page you came from and use its buttons."),
        later("Too many attempts"),
        later("The same thing was tried many times in a short while, so we paused it."),
        later("Wait a minute, then try again. You do not need to contact us."),
        later("Something went wrong on our side"),
        later("The service made a mistake. What you sent was not saved."),
        later(
            "Try again in a few minutes. If it happens again, tell us the time shown below and"
            " what you were doing."
        ),
        later("The service is not available"),
        later("We are working on it, or a part it needs does not answer."),
        later("Try again in a few minutes. What was saved before is safe."),
        later("There is no room for it just now"),
        later(
            "The service could not keep what you sent: its disk is full. Nothing of it was saved."
        ),
        later("Tell us, and send it again later. What was saved before is safe."),
        later("This form is out of date"),
        later(
            "The page was open for a long time, or you signed in or out in another window, so we"
            " could not be sure that the form came from you. Nothing was saved."
        ),
        later("Go back, reload the page and send the form again."),
        later("That did not work"),
        later("The service could not do what was asked."),
        later("Go back and try again."),
    )
)
