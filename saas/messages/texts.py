"""How a text message leaves: by GOV.UK Notify, or into a folder where there is no key for it."""

from __future__ import annotations

import os
import tempfile
import uuid
from pathlib import Path
from typing import Protocol

from notifications_python_client.errors import HTTPError, InvalidResponse
from notifications_python_client.notifications import NotificationsAPIClient

from saas.config import Settings
from saas.messages.transport import Bounced, Deferred

SECONDS = 20
NOTIFY = "https://api.notifications.service.gov.uk"
# The one blank of the template that is made for these messages at Notify.
BLANK = "message"
DELIVERED = "delivered"
# What Notify says when it tries no more.
FAILED = frozenset({"permanent-failure", "temporary-failure", "technical-failure"})


class Texts(Protocol):
    def send(self, number: str, words: str, *, id: uuid.UUID) -> str:
        """Hand a text over. Returns the name under which its fate can be asked for.

        Raises Bounced or Deferred.
        """

    def fate(self, name: str) -> str:
        """What became of it: `delivered`, one of FAILED, or anything else while it is under way.

        Raises Deferred.
        """


class NotifyTexts:
    """GOV.UK Notify, by its own client. A client is no thing for two threads: one each call."""

    def __init__(self, key: str, template: str, url: str = NOTIFY) -> None:
        self.key = key
        self.template = template
        self.url = url

    def _client(self) -> NotificationsAPIClient:
        return NotificationsAPIClient(  # type: ignore[no-untyped-call]
            self.key, base_url=self.url, timeout=SECONDS
        )

    def send(self, number: str, words: str, *, id: uuid.UUID) -> str:
        try:
            answer = self._client().send_sms_notification(  # type: ignore[no-untyped-call]
                phone_number=number,
                template_id=self.template,
                personalisation={BLANK: words},
                # One sent twice is known as the same.
                reference=str(id),
            )
        except HTTPError as refused:
            raise _judged(refused) from refused
        except InvalidResponse as failed:
            raise Deferred("Notify answered something that cannot be read") from failed
        return str(answer["id"])

    def fate(self, name: str) -> str:
        try:
            known = self._client().get_notification_by_id(name)  # type: ignore[no-untyped-call]
            return str(known["status"])
        except (HTTPError, InvalidResponse, KeyError) as failed:
            raise Deferred(f"{type(failed).__name__}"[:500]) from failed


def _judged(refused: HTTPError) -> Exception:
    """A number that cannot be texted is the message's fault; all else is ours, and waits."""
    said = refused.message
    words = (
        "; ".join(str(one.get("message", "")) for one in said)
        if isinstance(said, list)
        else str(said)
    )
    answer = f"{refused.status_code} {words}"[:500]
    return Bounced(answer) if refused.status_code == 400 else Deferred(answer)


class TextFolder:
    """For development: each text becomes a file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def send(self, number: str, words: str, *, id: uuid.UUID) -> str:
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, waiting = tempfile.mkstemp(dir=self.folder, prefix=".text-")
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(f"To: {number}\n\n{words}\n")
            Path(waiting).replace(self.folder / f"{id}.txt")
        except OSError as failed:
            raise Deferred(str(failed)) from failed
        return str(id)

    def fate(self, name: str) -> str:
        return DELIVERED


def open_texts(settings: Settings) -> Texts | None:
    """How texts leave; None in production where there is no key: then nobody is offered them."""
    key = settings.notify_api_key.get_secret_value()
    if key:
        return NotifyTexts(key, settings.notify_text_template, settings.notify_api_url or NOTIFY)
    return None if settings.is_production else TextFolder(settings.var_dir / "texts")
