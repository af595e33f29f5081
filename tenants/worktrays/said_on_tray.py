"""What other features have to say above the provider's tray: calls to make, referrals to look at.

The tray does not know them; the assembly (`saas.listeners`) says who speaks.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable

from saas.database.scope import ScopedSession

# Words and an address, or nothing; of the person who looks.
Says = Callable[[ScopedSession, uuid.UUID], tuple[str, str] | None]

_says: list[Says] = []


def say_on_tray(says: Says) -> None:
    """Let this speak above the provider's tray from now on. Asking twice changes nothing."""
    if says not in _says:
        _says.append(says)


def said_on_tray(session: ScopedSession, person_id: uuid.UUID) -> list[tuple[str, str]]:
    """What is said to a person now: words, and where they lead."""
    return [told for says in _says if (told := says(session, person_id)) is not None]
