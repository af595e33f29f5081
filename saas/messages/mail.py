"""From a message to an e-mail: plain words, the same in simple HTML, and a calendar file."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from html import escape

# They hold one long word, and an encoded word in its place is no address to a program (RFC 2047
# section 5; RFC 8058).
AS_THEY_STAND = frozenset({"list-unsubscribe", "message-id"})


class _AsTheyStand(EmailPolicy):
    """Python's own way to write a header, but for those that it would encode for their length."""

    def fold(self, name: str, value: str) -> str:
        if name.lower() in AS_THEY_STAND:
            return f"{name}: {value}{self.linesep}"
        return str(super().fold(name, value))

    def fold_binary(self, name: str, value: str) -> bytes:
        if name.lower() in AS_THEY_STAND:
            return self.fold(name, value).encode("ascii")
        return super().fold_binary(name, value)


@dataclass(frozen=True)
class Letter:
    """What one e-mail says. `paragraphs` are plain text; the link stands after them."""

    id: uuid.UUID
    address: str
    heading: str
    paragraphs: tuple[str, ...]
    link: str | None = None
    # What is said of the link, after it.
    about_link: str = ""
    calendar: str | None = None
    calendar_method: str | None = None
    # Of news: the same words as `paragraphs` with marks, made safe by whoever gives it; and what
    # stands between them and the link.
    html: str = ""
    before_link: str = ""
    # Of a mailing list: the page that leaves it, by one POST (RFC 8058).
    leave: str = ""


@dataclass(frozen=True)
class Sender:
    """Who the e-mails are from."""

    name: str
    address: str
    telephone: str = ""
    # Where reports of what could not be delivered go: each message has an address of its own.
    bounces: str = ""

    def returns_to(self, message_id: uuid.UUID) -> str:
        """The envelope's sender of one message; empty where reports go to the sender itself."""
        local, _, domain = self.bounces.rpartition("@")
        return f"{local}+{message_id.hex}@{domain}" if local else ""

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]


def build(letter: Letter, sender: Sender, *, at: dt.datetime) -> EmailMessage:
    """The e-mail. Its Message-ID is the message's own: one sent twice is known as the same.

    Raises:
        ValueError: the address or the heading cannot stand in an e-mail's header.
    """
    if "\n" in letter.heading or "\r" in letter.heading:
        raise ValueError("a heading is one line")
    mail = EmailMessage(policy=_AsTheyStand())
    mail["From"] = Address(sender.name, addr_spec=sender.address)
    mail["To"] = Address(addr_spec=letter.address)
    mail["Subject"] = letter.heading
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = f"<{letter.id}@{sender.domain}>"
    # No out-of-office answers.
    mail["Auto-Submitted"] = "auto-generated"
    if letter.leave:
        mail["List-Unsubscribe"] = f"<{letter.leave}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(_plain(letter, sender))
    mail.add_alternative(_html(letter, sender), subtype="html")
    if letter.calendar and letter.calendar_method:
        mail.add_alternative(
            letter.calendar.encode(),
            maintype="text",
            subtype="calendar",
            params={"method": letter.calendar_method, "charset": "utf-8"},
        )
        mail.add_attachment(
            letter.calendar.encode(),
            maintype="application",
            subtype="ics",
            filename="meeting.ics",
        )
    return mail


def _ending(sender: Sender) -> str:
    reach = f" or telephone {sender.telephone}" if sender.telephone else ""
    return f"{sender.name}. To ask us something, write to {sender.address}{reach}."


def _plain(letter: Letter, sender: Sender) -> str:
    parts = [
        *letter.paragraphs,
        letter.before_link,
        letter.link,
        letter.about_link,
        "-- \n" + _ending(sender),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _html(letter: Letter, sender: Sender) -> str:
    body = letter.html or "".join(f"<p>{escape(text)}</p>" for text in letter.paragraphs)
    if letter.before_link:
        body += f"<p>{escape(letter.before_link)}</p>"
    if letter.link:
        shown = escape(letter.link, quote=True)
        body += f'<p><a href="{shown}">{shown}</a></p>'
    if letter.about_link:
        body += f"<p>{escape(letter.about_link)}</p>"
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(letter.heading)}</title></head>"
        '<body style="font-family: Arial, sans-serif; font-size: 16px; line-height: 1.5">'
        f"{body}<p>{escape(_ending(sender))}</p></body></html>"
    )
