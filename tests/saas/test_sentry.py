"""What leaves for Sentry names nobody: caught at a receiver of our own."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import sentry_sdk
from flask import Flask, request

from saas.sentry import SENTRY_OPTIONS

SECRETS = ("Zadie", "Marker", "hidden-note", "cookie-value", "M33")


class Receiver(BaseHTTPRequestHandler):
    received: list[bytes]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        self.received.append(body)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture
def receiver() -> Iterator[tuple[str, list[bytes]]]:
    received: list[bytes] = []
    handler = type("OneTest", (Receiver,), {"received": received})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://key@127.0.0.1:{server.server_address[1]}/1", received
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_fault_leaves_without_what_anyone_typed_or_read(
    receiver: tuple[str, list[bytes]],
) -> None:
    dsn, received = receiver
    sentry_sdk.init(dsn=dsn, **SENTRY_OPTIONS)
    app = Flask(__name__)

    @app.post("/case")
    def fails() -> str:
        child = f"{request.form['name']} Marker"
        raise ValueError(f"cannot record hidden-note of {child}")

    try:
        with app.test_client() as client:
            client.set_cookie("session", "cookie-value")
            response = client.post("/case?postcode=M33", data={"name": "Zadie"})
        assert response.status_code == 500
        sentry_sdk.flush(timeout=5)
    finally:
        sentry_sdk.get_client().close()
        sentry_sdk.init()
    sent = b"".join(received).decode()
    assert "ValueError" in sent
    assert "test_sentry.py" in sent
    for secret in SECRETS:
        assert secret not in sent
