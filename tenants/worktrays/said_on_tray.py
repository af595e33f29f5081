"""What other features have to say above the provider's tray: calls to make, referrals to look at.

The tray does not know them; the assembly (`saas.listeners`) says who speaks.
"""

from __future__ import annotations

import uuid

from saas.database.scope import ScopedSession
from saas.database.together import Asked, asked_together

# Words and an address, or nothing; of the person who looks.
Says = Asked[tuple[str, str] | None]

_says: list[Says] = []


def say_on_tray(says: Says) -> None:
    """Let this speak above the provider's tray from now on. Asking twice changes nothing."""
    if says not in _says:
        _says.append(says)


def said_on_tray(session: ScopedSession, person_id: uuid.UUID) -> list[tuple[str, str]]:
    """What is said to a person now: words, and where they lead."""
    return [told for told in asked_together(session, person_id, _says) if told is not None]
