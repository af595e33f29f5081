"""Ids for invented records: shaped like those of the service, and the same at every seeding."""

from __future__ import annotations

import datetime as dt
import random
import uuid


class MadeIds:
    """UUIDv7 from a random generator: sorted by the moment given, then by the order of asking."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._count = 0

    def __call__(self, at: dt.datetime) -> uuid.UUID:
        milliseconds = int(at.timestamp() * 1000)
        self._count += 1
        # RFC 9562: 48 bits of time, the version, and here a counter of 30 bits before chance.
        high, low = divmod(self._count, 1 << 18)
        number = milliseconds << 80
        number |= 0x7 << 76 | (high & 0xFFF) << 64
        number |= 0b10 << 62 | low << 44 | self._rng.getrandbits(44)
        return uuid.UUID(int=number)


def morning(day: dt.date) -> dt.datetime:
    return dt.datetime(day.year, day.month, day.day, 6, tzinfo=dt.UTC)
