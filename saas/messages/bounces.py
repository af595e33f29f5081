"""E-mails that came back later: reports of mail servers, read and believed.

Delivery status notifications (RFC 3464), those of addresses in other scripts (RFC 6533), and the
plain letters that Exim and qmail write.

A server that took a message may find afterwards that nobody is there, and writes a report. Which
message it is about is known by the address that the report was sent to, where each message has a
return address of its own, or by the Message-ID in what the report quotes.
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, message_from_string, policy
from email.message import EmailMessage, Message

import sqlalchemy as sa

from saas.database.scope import Scope, ScopedSession, scoped
from saas.messages import models

_ID = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}", re.I)
_RETURNED_TO = ("Delivered-To", "X-Original-To", "Envelope-To", "To")
_LONGEST_ANSWER = 500


@dataclass(frozen=True)
class Bounce:
    """A message that did not arrive for good, and what the server said. `ids`: likeliest first."""

    ids: tuple[uuid.UUID, ...]
    answer: str


class NoBounce(Exception):
    """The e-mail is no report of a message that failed; the text says what it is."""


def read_bounce(content: bytes) -> Bounce:
    """What a report says.

    Raises:
        NoBounce: it is another e-mail, or reports a delay or a delivery, or quotes none of ours.
    """
    mail = message_from_bytes(content, policy=policy.default)
    if not isinstance(mail, EmailMessage):
        raise NoBounce("this is no e-mail")
    report = next((p for p in mail.walk() if p.get_content_type() in _STATUS), None)
    answer = _of_a_letter(mail) if report is None else _of_a_report(report)
    ids = tuple(
        dict.fromkeys(
            [*_by_return_address(mail), *_by_quoted_message(mail), *_by_quoted_text(mail)]
        )
    )
    if not ids:
        raise NoBounce("this report does not say which message it is about")
    return Bounce(ids, answer)


_STATUS = ("message/delivery-status", "message/global-delivery-status")
# What qmail's letters begin with (QSBMF); Exim's name the addresses in a header of their own.
_QMAIL = re.compile(r"^Hi\. This is the qmail-send program", re.M)
_EXIM_FAILED = "X-Failed-Recipients"
_RETURNED = re.compile(r"^-+ (?:This is a copy of|Below this line is a copy)", re.M)


def _of_a_report(report: Message) -> str:
    failed = next((part for part in _recipients(report) if _word(part, "Action") == "failed"), None)
    if failed is None:
        raise NoBounce("this reports no failure: a delay, or a delivery")
    return _answer(failed)


def _of_a_letter(mail: EmailMessage) -> str:
    """The reason in the letter of a server that writes no report of fields."""
    text = _text_of(mail)
    said = _RETURNED.split(text)[0]
    if mail.get(_EXIM_FAILED):
        first = str(mail[_EXIM_FAILED]).partition(",")[0].strip()
        after = said.partition(first)[2]
    elif _QMAIL.search(text) and "given up" in said:
        after = said.partition("\n<")[2].partition(":\n")[2]
    else:
        raise NoBounce("this is no delivery status notification, nor a mail server's letter")
    return " ".join(after.split())[:_LONGEST_ANSWER] or "The mail server gave no reason"


def _text_of(mail: EmailMessage) -> str:
    body = mail.get_body(preferencelist=("plain",))
    if body is None:
        return ""
    try:
        return str(body.get_content())
    except (LookupError, UnicodeError):
        return ""


def _by_quoted_text(mail: EmailMessage) -> Iterator[uuid.UUID]:
    """The Message-ID in the copy at the end of a letter."""
    parts = _RETURNED.split(_text_of(mail), maxsplit=1)
    for line in parts[1].splitlines() if len(parts) > 1 else ():
        if line.lower().startswith("message-id:"):
            yield from _ids_in(line)


def _recipients(report: Message) -> list[Message]:
    """The blocks of fields after the first, which is about the message as a whole."""
    if report.get_content_type() != _STATUS[0]:
        # The library takes it for a message with a body: the fields of the first block, and the
        # others below them.
        (inner,) = [one for one in report.walk() if one is not report][:1] or [report]
        text = str(inner.get_payload())
        return [message_from_string(block) for block in re.split(r"\n\s*\n", text) if block.strip()]
    blocks = report.get_payload()
    found = [block for block in blocks if isinstance(block, Message)] if blocks else []
    # Some servers write one block alone.
    return found[1:] or found


def _word(block: Message, name: str) -> str:
    return str(block.get(name, "")).strip().lower()


def _answer(block: Message) -> str:
    """What the server said, else the status code, in one line."""
    said = str(block.get("Diagnostic-Code", "")).partition(";")[2] or str(block.get("Status", ""))
    return " ".join(said.split())[:_LONGEST_ANSWER] or "The mail server gave no reason"


def _by_return_address(mail: EmailMessage) -> Iterator[uuid.UUID]:
    """`bounces+ID@...`: the report went to the address of one message."""
    for name in _RETURNED_TO:
        for value in mail.get_all(name, []):
            found = re.search(r"\+([0-9a-f]{32})@", str(value), re.I)
            if found:
                yield uuid.UUID(found.group(1))


def _by_quoted_message(mail: EmailMessage) -> Iterator[uuid.UUID]:
    """The Message-ID of the message that came back, whole or as its headers alone."""
    for part in mail.walk():
        if part is mail:
            continue
        kind = part.get_content_type()
        if kind in ("text/rfc822-headers", "message/global-headers"):
            raw = part.get_payload(decode=True)
            quoted = message_from_bytes(raw if isinstance(raw, bytes) else b"")
            yield from _ids_in(str(quoted.get("Message-ID", "")))
        elif part.get("Message-ID"):
            yield from _ids_in(str(part["Message-ID"]))
    for name in ("In-Reply-To", "References"):
        yield from _ids_in(str(mail.get(name, "")))


def _ids_in(value: str) -> Iterator[uuid.UUID]:
    for found in re.finditer(r"<([^@>]+)@", value):
        if _ID.fullmatch(found.group(1)):
            yield uuid.UUID(found.group(1))


@dataclass(frozen=True)
class CameBack:
    """One of our messages that is marked as come back just now."""

    id: uuid.UUID
    subject_id: uuid.UUID
    recipient: str
    side: str


def mark_bounced(session: ScopedSession, bounce: Bounce, *, at: dt.datetime) -> CameBack | None:
    """Mark the message of this tenant that came back; None if it is another's, or marked already.

    The session is the worker's.
    """
    row = session.execute(
        sa.update(models.Message)
        .where(
            models.Message.tenant_id == session.tenant,
            models.Message.id.in_(bounce.ids),
            models.Message.state == models.MessageState.SENT,
        )
        .values(state=models.MessageState.BOUNCED.value, bounced_at=at, answer=bounce.answer)
        .returning(
            models.Message.id,
            models.Message.subject_id,
            models.Message.recipient,
            models.Message.side,
        )
    ).first()
    return CameBack(*row) if row is not None else None


def is_ours(tenant: uuid.UUID, bounce: Bounce) -> bool:
    """Whether a message of the tenant is meant, marked or not."""
    with scoped(Scope.worker(tenant)) as session:
        found = session.scalar(
            sa.select(models.Message.id).where(
                models.Message.tenant_id == tenant, models.Message.id.in_(bounce.ids)
            )
        )
        return found is not None
