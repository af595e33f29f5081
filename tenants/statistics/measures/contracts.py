"""What a report pack says of the authority's contract. Who keeps contracts tells it here.

Contracts belong to billing, which builds on this package and not the other way round: it gives a
reader, and without one a pack says that no contract is recorded.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from tenants.statistics.measures.periods import Period


@dataclass(frozen=True, slots=True)
class PackageLine:
    """One service of the package. `included` is None where there is no limit."""

    service: str
    used_in_period: int
    used_in_year: int
    included: int | None


@dataclass(frozen=True, slots=True)
class PackContract:
    """The contract that ran at the end of a period: no prices.

    `targets` are percents by the key of a share, as agreed; a share that is not there has none.
    """

    reference: str
    year_first: dt.date
    counted_to: dt.date
    year_last: dt.date
    ends_on: dt.date
    package: Sequence[PackageLine]
    targets: Mapping[str, int] = field(default_factory=dict)


ContractReader = Callable[[uuid.UUID, Period, dt.date], PackContract | None]
_readers: list[ContractReader] = []


def tell_contracts_by(reader: ContractReader) -> None:
    """Let it tell. Repeatable: several apps may be made in one process."""
    _readers[:] = [reader]


def contract_for(tenant: uuid.UUID, of: Period, *, today: dt.date) -> PackContract | None:
    """The tenant's contract for a pack of a period, counted up to its end or to today."""
    for reader in _readers:
        return reader(tenant, of, today)
    return None
