"""A real SMTP server for tests: it keeps what it is given and refuses what it is told to."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP


@dataclass
class MailServerDouble:
    """What arrived, and how the server behaves."""

    port: int = 0
    arrived: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    # An address, or '*' for every one, and what is answered to it instead of 250.
    refuses: dict[str, str] = field(default_factory=dict)
    refuses_content: str = ""
    on_arrival: Callable[[], None] = lambda: None
    # Told the envelope's sender of each message.
    on_sender: Callable[[str], None] = lambda _: None

    @property
    def url(self) -> str:
        return f"smtp+plain://127.0.0.1:{self.port}"

    async def handle_RCPT(  # noqa: N802
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        refused = self.refuses.get(address) or self.refuses.get("*")
        if refused:
            return refused
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        if self.refuses_content:
            return self.refuses_content
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.arrived.append(mail)
        self.recipients += envelope.rcpt_tos
        self.on_sender(envelope.mail_from)
        self.on_arrival()
        return "250 OK"

    def to(self, address: str) -> list[EmailMessage]:
        """What arrived for one address."""
        return [mail for mail in self.arrived if mail["To"] == address]


@contextmanager
def mail_server() -> Iterator[MailServerDouble]:
    """A server on this machine that ends with the test."""
    double = MailServerDouble()
    ready = threading.Event()
    loop = asyncio.new_event_loop()

    async def serve() -> asyncio.AbstractServer:
        listening = socket.create_server(("127.0.0.1", 0))
        double.port = listening.getsockname()[1]
        return await loop.create_server(
            lambda: SMTP(double, hostname="mail.example", loop=loop), sock=listening
        )

    def run() -> None:
        asyncio.set_event_loop(loop)
        server = loop.run_until_complete(serve())
        ready.set()
        loop.run_forever()
        server.close()
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    ready.wait(5)
    try:
        yield double
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
