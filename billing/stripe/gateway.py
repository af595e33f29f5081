"""Talks to Stripe. One key per intent: what is asked twice is done once.

Stripe stores its answer under a key and gives it again, refusals and errors of its own (500)
included. So a key whose answer was no is spent: we look whether the thing was made all the same,
and only if it was not do we ask again with the key of the next generation. And Stripe forgets a key
after a day: an intent that is older is looked up before it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
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


def _is_no_answer(status: int | None) -> bool:
    """Whether this tells nothing of what was asked: it may have been done, or can be later.

    A key of the API that is wrong or not allowed (401, 403) is put right by a person; until then
    everything waits rather than being refused for good.
    """
    return status is None or status >= 500 or status in (401, 403, 409, 429)


def _in_our_words(failed: stripe.StripeError) -> StripeLater | StripeRefused:
    status = failed.http_status
    if _is_no_answer(status):
        return StripeLater(f"{type(failed).__name__} {status or 'without an answer'}")
    return StripeRefused(f"{failed.code or status} {failed.user_message or ''}".strip())


def make_once(
    create: Callable[[str], Made],
    find: Callable[[], Made | None],
    *,
    intent: str,
    spent: Callable[[], int],
    spend: Callable[[], None],
    look_first: bool = False,
) -> Made:
    """Make something exactly once.

    Args:
        create: makes it under a key.
        find: the thing, if an earlier attempt made it.
        spent: how many keys of this intent hold an answer that is of no use.
        spend: notes one more, for good, before it is asked again.
        look_first: an earlier attempt may be so long ago that Stripe forgot its key.

    Raises:
        StripeLater, StripeRefused: see `ask`.
    """
    generation = spent()
    if generation or look_first:
        found = ask(find)
        if found is not None:
            return found
    try:
        return create(f"{intent}:{generation}")
    except stripe.IdempotencyError as failed:
        if failed.http_status == 409:
            raise StripeLater("Stripe is still at the first attempt") from None
        # The key holds the answer to other parameters: a first attempt whose answer was lost, and
        # the world moved on since. Whether it made the thing is looked up next time.
        spend()
        raise StripeLater("the key of this intent holds another answer") from None
    except stripe.StripeError as failed:
        status = failed.http_status
        # Stripe would give this answer again, also when the cause is put right.
        if status is not None and (status >= 500 or not _is_no_answer(status)):
            spend()
        raise _in_our_words(failed) from None


def every(listed: Any) -> Iterator[dict[str, Any]]:
    """Every item of a list, page by page."""
    for item in listed.auto_paging_iter():
        yield plain(item)
