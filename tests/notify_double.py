"""GOV.UK Notify as far as text messages go, over real HTTP: it keeps what it is given, asks for the
key of its client, and answers as its documentation says."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt

SERVICE, SECRET = str(uuid.UUID(int=7)), str(uuid.UUID(int=8))
KEY = f"tests-{SERVICE}-{SECRET}"
TEMPLATE = str(uuid.UUID(int=9))


@dataclass
class NotifyDouble:
    port: int = 0
    # What arrived: the number, the words, the reference.
    texts: list[dict[str, str]] = field(default_factory=list)
    # What is answered instead of taking a text in: the status, and the messages.
    refuses: tuple[int, str] | None = None
    # What became of every text.
    status: str = "sending"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def _handler(double: NotifyDouble) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            """Says nothing."""

        def _answer(self, status: int, body: dict[str, Any]) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def _is_known(self) -> bool:
            token = self.headers.get("Authorization", "").removeprefix("Bearer ")
            try:
                claims = jwt.decode(token, SECRET, algorithms=["HS256"])
            except jwt.InvalidTokenError:
                claims = {}
            if claims.get("iss") == SERVICE:
                return True
            self._refuse(403, "Invalid token: API key not found")
            return False

        def _refuse(self, status: int, words: str) -> None:
            errors = [{"error": "BadRequestError", "message": words}]
            self._answer(status, {"status_code": status, "errors": errors})

        def do_POST(self) -> None:
            given = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if not self._is_known():
                return
            if self.path != "/v2/notifications/sms" or given["template_id"] != TEMPLATE:
                self._refuse(400, "Template not found")
            elif double.refuses is not None:
                self._refuse(*double.refuses)
            else:
                double.texts.append(
                    {
                        "to": given["phone_number"],
                        "words": given["personalisation"]["message"],
                        "reference": given["reference"],
                    }
                )
                self._answer(201, {"id": str(uuid.uuid5(uuid.NAMESPACE_OID, given["reference"]))})

        def do_GET(self) -> None:
            if self._is_known():
                self._answer(200, {"status": double.status})

    return Handler


@contextmanager
def notify() -> Iterator[NotifyDouble]:
    double = NotifyDouble()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(double))
    double.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield double
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
