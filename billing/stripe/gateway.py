"""Talks to Stripe. One key per intent: what is asked twice is done once.

Stripe stores its answer under a key and gives it again, errors of its own (500) included. So a key
whose answer was a 500 is spent: we look whether the thing was made all the same, and only if it was
not do we ask again with the key of the next generation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

import stripe
from stripe import StripeClient

from saas.config import Settings

SECONDS = 10.0
Made = TypeVar("Made")


class StripeLater(RuntimeError):
    """Stripe could not be asked, or its answer is not known: try again later."""


class StripeRefused(RuntimeError):
    """Stripe understood and refused: trying again changes nothing."""


@dataclass(frozen=True)
class Gateway:
    client: StripeClient
    deployment: str
    webhook_secret: str
    # Stripe's names for the rates of VAT, asked for once.
    tax_rates: dict[str, str] = field(default_factory=dict, compare=False)

    @classmethod
    def of(cls, settings: Settings, *, seconds: float = SECONDS) -> Gateway | None:
        """The gateway, when keys are set."""
        key = settings.stripe_secret_key.get_secret_value()
        if not key:
            return None
        addresses: dict[str, str] = {}
        if settings.stripe_api_url:
            addresses["api"] = settings.stripe_api_url
        client = StripeClient(
            key,
            base_addresses=addresses,  # type: ignore[arg-type]
            # We retry ourselves: by the task, with the intent's own key.
            max_network_retries=0,
            http_client=stripe.RequestsClient(timeout=seconds),
        )
        return cls(client, settings.deployment, settings.stripe_webhook_secret.get_secret_value())

    def metadata(self, **more: str) -> dict[str, str]:
        return {"deployment": self.deployment, **more}

    def is_ours(self, thing: Any) -> bool:
        marks = plain(thing).get("metadata") or {}
        return bool(marks.get("deployment") == self.deployment)


def plain(thing: Any) -> dict[str, Any]:
    """A StripeObject as a dictionary: since version 15 it is none."""
    if isinstance(thing, dict):
        return thing
    told: dict[str, Any] = thing.to_dict()
    return told


def ask(call: Callable[[], Made]) -> Made:
    """Ask Stripe.

    Raises:
        StripeLater: no answer, or one that says nothing for sure (5xx, 429, 409).
        StripeRefused: a definite no.
    """
    try:
        return call()
    except stripe.StripeError as failed:
        raise _in_our_words(failed) from None


def _in_our_words(failed: stripe.StripeError) -> StripeLater | StripeRefused:
    status = failed.http_status
    if status is None or status >= 500 or status in (409, 429):
        return StripeLater(f"{type(failed).__name__} {status or 'without an answer'}")
    return StripeRefused(f"{failed.code or status} {failed.user_message or ''}".strip())


def make_once(
    create: Callable[[str], Made],
    find: Callable[[], Made | None],
    *,
    intent: str,
    spent: Callable[[], int],
    spend: Callable[[], None],
) -> Made:
    """Make something exactly once.

    Args:
        create: makes it under a key.
        find: the thing, if an earlier attempt made it.
        spent: how many keys of this intent gave a 500.
        spend: notes one more, for good, before it is asked again.

    Raises:
        StripeLater, StripeRefused: see `ask`.
    """
    generation = spent()
    if generation:
        found = ask(find)
        if found is not None:
            return found
    try:
        return create(f"{intent}:{generation}")
    except stripe.IdempotencyError:
        # The key holds the answer to other parameters: a first attempt whose answer was lost, and
        # the world moved on since. Whether it made the thing is looked up next time.
        spend()
        raise StripeLater("the key of this intent holds another answer") from None
    except stripe.StripeError as failed:
        if (failed.http_status or 0) >= 500:
            spend()
        raise _in_our_words(failed) from None


def every(listed: Any) -> Iterator[dict[str, Any]]:
    """Every item of a list, page by page."""
    for item in listed.auto_paging_iter():
        yield plain(item)
