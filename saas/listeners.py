"""What happens when a fact of a case is recorded, told to these in this order; and who tells
report packs of contracts."""

from __future__ import annotations

from billing.usage.listener import enter_usage
from billing.usage.pack_contract import contract_of_pack
from tenants.casework.fact_listeners import (
    BatchListener,
    FactListener,
    listen,
    listen_to_batches,
)
from tenants.notices.writing import tell_of_fact
from tenants.statistics.measures.actions import keep_after_batch
from tenants.statistics.measures.contracts import tell_contracts_by

FACT_LISTENERS: tuple[FactListener, ...] = (enter_usage, tell_of_fact)
BATCH_LISTENERS: tuple[BatchListener, ...] = (keep_after_batch,)


def register() -> None:
    """Let them listen. Repeatable: several apps may be made in one process."""
    for listener in FACT_LISTENERS:
        listen(listener)
    for batch_listener in BATCH_LISTENERS:
        listen_to_batches(batch_listener)
    tell_contracts_by(contract_of_pack)
