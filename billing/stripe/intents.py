"""Doing a thing at Stripe once, whatever became of the attempts before."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

from billing.stripe.gateway import Gateway, ask, every, make_once, plain
from billing.stripe.taking_in import look_at_invoice

# Stripe keeps a key for a day at least; what was begun earlier is looked up first.
KEYS_LIVE = dt.timedelta(hours=20)


class Intents:
    """The intents of one task of one tenant. `spent` and `spend` keep the generations of keys."""

    def __init__(
        self,
        gateway: Gateway,
        tenant: uuid.UUID,
        *,
        at: dt.datetime,
        since: dt.datetime,
        spent: Callable[[str], int],
        spend: Callable[[str], None],
    ) -> None:
        self.gateway, self.tenant, self.at = gateway, tenant, at
        self.v1 = gateway.client.v1
        self._spent, self._spend = spent, spend
        self._look_first = at - since > KEYS_LIVE

    def once(
        self,
        step: str,
        subject: object,
        create: Callable[[str], Any],
        find: Callable[[], Any],
        *,
        is_first: bool = False,
    ) -> dict[str, Any]:
        """Make something, unless an earlier attempt did.

        Args:
            create: makes it under a key.
            find: what an earlier attempt made, or None.
            is_first: there cannot have been an attempt whose key Stripe has forgotten.

        Raises:
            StripeLater, StripeRefused: as `gateway.ask`.
        """
        return plain(
            make_once(
                create,
                find,
                intent=f"{self.gateway.deployment}:{step}:{subject}",
                spent=lambda: self._spent(step),
                spend=lambda: self._spend(step),
                look_first=self._look_first and not is_first,
            )
        )

    def act(
        self,
        step: str,
        subject: uuid.UUID,
        act: Callable[[str], Any],
        stripe_id: str,
        done: Callable[[dict[str, Any]], bool],
    ) -> dict[str, Any]:
        """Do something to Stripe's invoice, unless it is seen to be done; the invoice after it."""

        def find() -> Any:
            there = look_at_invoice(self.gateway, stripe_id)
            return there if done(there) else None

        self.once(step, subject, act, find)
        return look_at_invoice(self.gateway, stripe_id)

    def marked(self, listed: Callable[[], Any], name: str, subject: uuid.UUID) -> Any:
        """What bears our mark for this thing in a list, or None."""
        for item in every(ask(listed)):
            marks = item.get("metadata") or {}
            if marks.get(name) == str(subject) and self.gateway.is_ours(item):
                return item
        return None
