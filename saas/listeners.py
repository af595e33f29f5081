"""What happens when a fact of a case is recorded: told to these, in this order."""

from __future__ import annotations

from billing.usage.listener import enter_usage
from tenants.casework.listeners import FactListener, listen
from tenants.casework.notices.writing import tell_of_fact

FACT_LISTENERS: tuple[FactListener, ...] = (enter_usage, tell_of_fact)


def register() -> None:
    """Let them listen. Repeatable: several apps may be made in one process."""
    for listener in FACT_LISTENERS:
        listen(listener)
