"""What of a case is another's, and so not given to who asks unless somebody decides so. Pure.

Sources: UK GDPR article 15(4) and Data Protection Act 2018 Schedule 2 paragraph 16 (information
about somebody else, without whose consent it is not reasonable to give it); the confidence of
mediation (SEND Code of Practice 2015, 11.35). These are proposals: whoever answers decides.
"""

from __future__ import annotations

REASONS = {
    "third": "About somebody else",
    "confidence": "Said or handed in by another party in confidence",
    "provider": "May hold what somebody told the adviser or mediator in confidence",
    "another": "Handed in by another of the family, for themselves alone",
}


def why_withheld(
    audience: str, *, side: str, of_party: str | None = None, asker: str | None = None
) -> str | None:
    """Why something of a case is not for the person who asks; None if it is.

    Args:
        audience: who may read it in the case.
        side: the side of the person who asks.
        of_party: whose alone it is, where it is one person's.
        asker: the person who asks, where they are one of the parties.
    """
    if audience == "parties":
        return None
    if audience == "provider":
        return "provider"
    if audience != side:
        return "confidence"
    if of_party is not None and of_party != asker:
        return "another"
    return None
