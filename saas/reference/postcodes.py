"""Which authority a postcode belongs to: the question that comes before every other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from saas.reference.models import District, EducationAuthority, Postcode
from saas.reference.postcode_grammar import (
    MalformedPostcodeError,
    WrittenPostcode,
    is_outside_england,
    normalise,
)

__all__ = [
    "MalformedPostcodeError",
    "PostcodeAnswer",
    "PostcodeStatus",
    "WrittenPostcode",
    "look_up",
    "normalise",
]

PostcodeStatus = Literal["live", "terminated", "not_england", "unknown", "malformed"]

# How much of a text that is no postcode is given back to whoever typed it.
_ECHOED = 20


@dataclass(frozen=True)
class PostcodeAnswer:
    """What is known of a postcode.

    `postcode` is in its usual form ('M33 2AA'), or as it was typed if malformed. `authority` is
    the slug of the education authority, set for a live and for a terminated postcode: families
    still use the latter. `why` is a sentence for whoever asked.
    """

    postcode: str
    status: PostcodeStatus
    why: str
    authority: str | None = None
    authority_name: str | None = None
    dfe_number: str | None = None


def look_up(session: Session, text: str) -> PostcodeAnswer:
    """Find the education authority of a postcode, however it was typed.

    Never raises for what was typed: a malformed postcode is an answer too.
    """
    try:
        written = normalise(text)
    except MalformedPostcodeError as malformed:
        typed = " ".join(text.split())[:_ECHOED]
        return PostcodeAnswer(typed, "malformed", str(malformed))
    found = session.execute(
        sa.select(
            Postcode.terminated,
            EducationAuthority.slug,
            EducationAuthority.display_name,
            EducationAuthority.dfe_number,
        )
        .join(District, District.lad_code == Postcode.district_code)
        .join(EducationAuthority, EducationAuthority.dfe_number == District.dfe_number)
        .where(Postcode.postcode == written.key)
    ).one_or_none()
    if found is not None:
        return PostcodeAnswer(
            postcode=str(written),
            status="terminated" if found.terminated else "live",
            why=(
                f"This postcode is no longer in use. It was in {found.display_name}."
                if found.terminated
                else f"This postcode is in {found.display_name}."
            ),
            authority=found.slug,
            authority_name=found.display_name,
            dfe_number=found.dfe_number,
        )
    if is_outside_england(written):
        return PostcodeAnswer(str(written), "not_england", "This postcode is not in England.")
    return PostcodeAnswer(
        str(written),
        "unknown",
        "This postcode is not on the list of English postcodes. It may be mistyped or very new.",
    )
