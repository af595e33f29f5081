"""What later features add to a case's page: papers, tasks, messages, the agreement.

Casework does not know them; the assembly (`saas.listeners`) says what stands on which door's page.
A part is asked for in the transaction of the page, as the login role of its door, so it can show
nothing that this role may not read.
"""

from __future__ import annotations

import uuid
from collections import ChainMap
from collections.abc import Callable
from typing import Any

from saas.database.scope import ScopedSession
from saas.database.together import Asked, asked_together
from saas.web.frame import Door

# What the template is given of a case.
Part = Callable[[ScopedSession, uuid.UUID], dict[str, Any]]

_parts: dict[Door, dict[str, Part]] = {}


def add_to_case_page(door: Door, name: str, part: Part) -> None:
    """Show this part on every case page of a door from now on. Asking twice changes nothing."""
    _parts.setdefault(door, {})[name] = part


def part_of_page(door: Door, name: str, session: ScopedSession, case_id: uuid.UUID) -> Any:
    """One part, for a page about the same case that shows it too.

    Raises:
        KeyError: nobody added it to this door.
    """
    return _parts[door][name](session, case_id)


def parts_of_page(door: Door, session: ScopedSession, case_id: uuid.UUID) -> dict[str, Any]:
    """What all parts of a door's case page give the template."""
    parts = _parts.get(door, {}).values()
    asked = [part for part in parts if isinstance(part, Asked)]
    more = [part(session, case_id) for part in parts if not isinstance(part, Asked)]
    return dict(ChainMap(*asked_together(session, case_id, asked), *more))
