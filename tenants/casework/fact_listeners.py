"""Who is told of a new fact: notices, usage. They work in the transaction that records it.

Casework does not know them; the assembly (`saas.listeners`) says who listens.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager

from saas.database.scope import ScopedSession
from tenants.casework.record import CaseRecord, Fact
from tenants.casework.row_columns import Actor

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


# Entered for the time of a batch, which tells no fact one by one; what it gives is called each time
# that a part is written, with the ids of its cases and of those whose child it changed.
CasesWritten = Callable[[Sequence[uuid.UUID]], None]
BatchListener = Callable[[ScopedSession], AbstractContextManager[CasesWritten]]

_batch_listeners: list[BatchListener] = []


def listen_to_batches(listener: BatchListener) -> None:
    """Let this listener work around every batch from now on. Asking twice changes nothing."""
    if listener not in _batch_listeners:
        _batch_listeners.append(listener)


@contextmanager
def batch(session: ScopedSession) -> Iterator[CasesWritten]:
    """The time of one batch, in the transaction that writes it."""
    with ExitStack() as stack:
        listening = [stack.enter_context(listener(session)) for listener in _batch_listeners]

        def written(case_ids: Sequence[uuid.UUID]) -> None:
            for told in listening:
                told(case_ids)

        yield written
