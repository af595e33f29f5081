"""How an e-mail leaves: to a mail server, or into a folder where there is none."""

from __future__ import annotations

import os
import smtplib
import ssl
import tempfile
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from saas.config import Settings

SECONDS = 20
_PORTS = {"smtp": 587, "smtps": 465, "smtp+plain": 25}


class Bounced(Exception):
    """The server refused this message for good; the text is what it said."""


class Deferred(Exception):
    """The message could not be handed over now: try again later."""


class Transport(Protocol):
    def send(self, mail: EmailMessage, *, returns_to: str = "") -> None:
        """Hand the e-mail over; what cannot be delivered returns to the address, or the sender.

        Raises Bounced or Deferred.
        """


class MailServer:
    """A server that speaks SMTP, with TLS unless the address says `smtp+plain`."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.scheme = parts.scheme
        self.host = parts.hostname or ""
        self.port = parts.port or _PORTS[parts.scheme]
        self.user = unquote(parts.username or "")
        self.password = unquote(parts.password or "")

    def send(self, mail: EmailMessage, *, returns_to: str = "") -> None:
        try:
            with self._connect() as server:
                if self.user:
                    server.login(self.user, self.password)
                server.send_message(mail, from_addr=returns_to or None)
        except smtplib.SMTPRecipientsRefused as refused:
            # The code of the only recipient: each message goes to one.
            ((code, answer),) = refused.recipients.values()
            raise _judged(code, answer) from refused
        except smtplib.SMTPDataError as refused:
            raise _judged(refused.smtp_code, refused.smtp_error) from refused
        except (smtplib.SMTPNotSupportedError, UnicodeEncodeError) as refused:
            raise Bounced(f"the address cannot be written to: {refused}") from refused
        except (smtplib.SMTPException, OSError) as failed:
            # Also a refused sender or password: that is ours to put right, and nothing is lost.
            raise Deferred(f"{type(failed).__name__}: {failed}"[:500]) from failed

    def _connect(self) -> smtplib.SMTP:
        if self.scheme == "smtps":
            return smtplib.SMTP_SSL(
                self.host, self.port, timeout=SECONDS, context=ssl.create_default_context()
            )
        server = smtplib.SMTP(self.host, self.port, timeout=SECONDS)
        if self.scheme == "smtp":
            try:
                server.starttls(context=ssl.create_default_context())
            except smtplib.SMTPNotSupportedError as refused:
                # Not this message's fault: nothing goes out in clear, and nothing is lost.
                server.close()
                raise Deferred(f"the mail server offers no TLS: {refused}") from refused
            except BaseException:
                server.close()
                raise
        return server


def _judged(code: int, answer: bytes | str) -> Exception:
    words = answer.decode(errors="replace") if isinstance(answer, bytes) else answer
    said = f"{code} {words}"[:500]
    return Bounced(said) if code >= 500 else Deferred(said)


class MailFolder:
    """For development: each e-mail becomes a file that any mail program opens."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def send(self, mail: EmailMessage, *, returns_to: str = "") -> None:
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, waiting = tempfile.mkstemp(dir=self.folder, prefix=".mail-")
            with os.fdopen(handle, "wb") as file:
                file.write(mail.as_bytes())
            name = mail["Message-ID"].strip("<>").partition("@")[0]
            Path(waiting).replace(self.folder / f"{name}.eml")
        except OSError as failed:
            raise Deferred(str(failed)) from failed


def open_transport(settings: Settings) -> Transport:
    url = settings.mail_url.get_secret_value()
    return MailServer(url) if url else MailFolder(settings.mail_folder)
