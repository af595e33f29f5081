"""What the provider promises of a share. Pure.

A contract that names a target decides; where it names none, the provider's own stands. The law's
own times (regs 34, 36 and 39) are what the first three are measured against.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from tenants.statistics.measures.definitions import SHARES

# Percents, at least.
OWN_TARGETS: Mapping[str, int] = MappingProxyType(
    {
        "certificates_within_3_days": 100,
        "fixed_within_30": 90,
        "held_within_30": 80,
        "agreement_rate": 70,
        "authority_attended": 95,
        "authority_could_decide": 90,
        "voice_heard": 80,
        "steps_on_time": 90,
        "satisfaction": 85,
    }
)


@dataclass(frozen=True, slots=True)
class Target:
    """A share and the percent that it should reach. `agreed` says that the contract names it."""

    share: str
    percent: int
    agreed: bool

    def is_met(self, numerator: int, denominator: int) -> bool | None:
        """None where there was nothing to count."""
        return 100 * numerator >= self.percent * denominator if denominator else None


def targets(agreed: Mapping[str, int]) -> Sequence[Target]:
    """Every target that a pack holds the figures against, in the order of the measures."""
    return [
        Target(share.key, agreed.get(share.key, OWN_TARGETS.get(share.key, 0)), share.key in agreed)
        for share in SHARES
        if share.key in agreed or share.key in OWN_TARGETS
    ]
