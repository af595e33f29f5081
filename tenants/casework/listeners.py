"""Who is told of a new fact: notices, usage. They work in the transaction that records it.

Casework does not know them; the assembly (`saas.listeners`) says who listens.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable

from saas.database.scope import ScopedSession
from tenants.casework.record import CaseRecord, Fact
from tenants.casework.rows import Actor

# Called with the record as it stands after the fact. Whatever it raises undoes the fact as well.
FactListener = Callable[[ScopedSession, uuid.UUID, CaseRecord, Fact, Actor], None]

_listeners: list[FactListener] = []


def listen(listener: FactListener) -> None:
    """Tell this listener of every fact recorded from now on. Asking twice changes nothing."""
    if listener not in _listeners:
        _listeners.append(listener)


def tell(
    session: ScopedSession, case_id: uuid.UUID, record: CaseRecord, fact: Fact, by: Actor
) -> None:
    """Tell every listener, in the order in which they began to listen."""
    for listener in _listeners:
        listener(session, case_id, record, fact, by)
