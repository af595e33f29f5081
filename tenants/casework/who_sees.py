"""Who can see a case, and what of it, in plain words. The database's grants say the same."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sees:
    """One kind of record, and who reads it. 'Own' means that a side sees its own part."""

    what: str
    family: str
    authority: str
    provider: str


WHO_SEES = (
    Sees("That there is a case, its stage, what is next and by when", "Yes", "Yes", "Yes"),
    Sees("The child's name, date of birth and pupil number", "Yes", "Yes", "Yes"),
    Sees("How to reach the family, its adjustments and interpreter", "Own", "No", "Yes"),
    Sees("What the family tells the adviser or the mediator", "No", "No", "Yes"),
    Sees("That the family wants time to think, before it first chose", "Yes", "No", "Yes"),
    Sees("The choice to mediate or not, as soon as it is recorded", "Yes", "Yes", "Yes"),
    Sees("Certificates", "Yes", "Yes", "Yes"),
    Sees("Notes marked 'Provider only'", "No", "No", "Yes"),
    Sees("Notes marked 'Shared with parties'", "Yes", "Yes", "Yes"),
    Sees("Documents, as their badge says", "Own and shared", "Own and shared", "Yes"),
    Sees("A side's summary before both are exchanged", "Own", "Own", "Yes"),
    Sees("Both summaries once they are exchanged", "Yes", "Yes", "Yes"),
    Sees("A document that was withdrawn: that it was there, and why", "Own", "Own", "Yes"),
    Sees("E-mails: to whom, when, and what came back", "No", "No", "Yes"),
    Sees("An agreement while it is being written", "No", "No", "Yes"),
    Sees("The agreement, its signatures and its steps", "Yes", "Yes", "Yes"),
    Sees("What the case costs the authority", "No", "Reference, kind and date", "Reference only"),
)
