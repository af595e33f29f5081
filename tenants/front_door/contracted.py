"""Which services an authority's contract covers. Who keeps contracts tells it here.

Contracts belong to billing, which builds on this package and not the other way round: it gives a
reader, and without one no contract is known. The role of the public pages reads no contract; what
comes from here is the names of services, and never a price, a number or a date.
"""

from __future__ import annotations

import datetime as dt
import time
import uuid
from collections.abc import Callable

# A change of a contract is on the public pages within this many seconds. However many read them,
# contracts are asked no oftener.
KEPT_SECONDS = 60.0

# The codes of services (`areas.SERVICES`); None where no contract runs on the day.
ServiceReader = Callable[[uuid.UUID, dt.date], frozenset[str] | None]
_readers: list[ServiceReader] = []
_kept: dict[tuple[uuid.UUID, dt.date], tuple[float, frozenset[str] | None]] = {}


def tell_services_by(reader: ServiceReader) -> None:
    """Let it tell. Repeatable: several apps may be made in one process."""
    _readers[:] = [reader]
    forget_kept()


def forget_kept() -> None:
    """Ask contracts anew at the next question."""
    _kept.clear()


def contracted_services(tenant: uuid.UUID, today: dt.date) -> frozenset[str] | None:
    """The services that the contract of today covers; None where none runs, or none is known."""
    until, services = _kept.get((tenant, today), (0.0, None))
    moment = time.monotonic()
    if moment < until:
        return services
    for reader in _readers:
        services = reader(tenant, today)
        for old in [key for key in _kept if key[1] != today]:
            _kept.pop(old, None)
        _kept[tenant, today] = (moment + KEPT_SECONDS, services)
        return services
    return None
