"""The double's process: `python -m tests.stripe_double.server PORT SECRET`."""

from __future__ import annotations

import hashlib
import hmac
import json
import random
import sys
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.stripe_double.ledger import Ledger, Refused
from tests.stripe_double.parameters import Unknown, check, read_form

LISTS = {
    "customers": ("cus", "CustomerListParams", ("email",)),
    "tax_rates": ("txr", "TaxRateListParams", ()),
    "invoices": ("in", "InvoiceListParams", ("customer",)),
    "invoiceitems": ("ii", "InvoiceItemListParams", ("invoice",)),
    "credit_notes": ("cn", "CreditNoteListParams", ("invoice",)),
    "invoice_payments": ("inpay", "InvoicePaymentListParams", ("invoice",)),
}
CREATES = {
    "customers": ("CustomerCreateParams", Ledger.create_customer),
    "tax_rates": ("TaxRateCreateParams", Ledger.create_tax_rate),
    "invoices": ("InvoiceCreateParams", Ledger.create_invoice),
    "invoiceitems": ("InvoiceItemCreateParams", Ledger.create_item),
    "credit_notes": ("CreditNoteCreateParams", Ledger.create_credit_note),
}
ACTS: dict[str, tuple[str, Callable[[Ledger, str, dict[str, Any]], Any]]] = {
    "finalize": ("InvoiceFinalizeInvoiceParams", lambda ledger, name, given: ledger.finalize(name)),
    "send": ("InvoiceSendInvoiceParams", lambda ledger, name, given: ledger.send(name)),
    "pay": ("InvoicePayParams", Ledger.pay),
    "void": ("InvoiceVoidInvoiceParams", lambda ledger, name, given: ledger.void(name)),
}


class Double:
    def __init__(self, secret: str) -> None:
        self.ledger, self.secret = Ledger(), secret
        self.lock = threading.RLock()
        self.answers: dict[str, tuple[str, int, Any]] = {}
        self.requests: list[tuple[str, str]] = []
        self.faults: dict[str, float] = {}
        self.random = random.Random(0)

    def strikes(self, fault: str) -> bool:
        return self.random.random() < self.faults.get(fault, 0)

    def signed(self, event: dict[str, Any]) -> dict[str, str]:
        body = json.dumps(event)
        moment = int(time.time())
        mac = hmac.new(self.secret.encode(), f"{moment}.{body}".encode(), hashlib.sha256)
        return {"body": body, "signature": f"t={moment},v1={mac.hexdigest()}"}

    def control(self, what: str, given: dict[str, Any]) -> Any:
        if what == "faults":
            self.random = random.Random(given.pop("seed", 0))
            self.faults = given
            return {}
        if what == "transfer":
            return self.ledger.bank_transfer(given["invoice"], given["pence"])
        if what == "mark":  # as another deployment, or a person at Stripe, would have made it
            self.ledger.get("in", given["invoice"]).update(given["fields"])
            return {}
        if what == "event":
            self.ledger.happen(given["type"], given["object"])
            return {}
        if what == "events":
            events, self.ledger.new_events = self.ledger.new_events, []
            return [self.signed(event) for event in events]
        return {
            "things": self.ledger.things,
            "cash": self.ledger.cash,
            "requests": self.requests,
        }

    def answer(self, method: str, path: str, query: str, body: str, key: str) -> tuple[int, Any]:
        parts = path.strip("/").split("/")[1:]
        self.requests.append((method, path))
        if method == "GET":
            given = dict(parse_qsl(query))
            return (200, self._read(parts, given))
        asked = f"{path}?{body}"
        if key in self.answers:
            before, status, stored = self.answers[key]
            if before != asked:
                return 400, _error("idempotency_error", "The key was used with other parameters")
            return status, stored
        if self.strikes("before"):
            status, made = 500, _error("api_error", "Something went wrong")
        else:
            status, made = self._write(parts, read_form(body))
            if status == 200 and self.strikes("after"):
                status, made = 500, _error("api_error", "Something went wrong afterwards")
        if key and (status == 200 or status >= 500):
            self.answers[key] = (asked, status, json.loads(json.dumps(made)))
        return status, made

    def _read(self, parts: list[str], given: dict[str, Any]) -> Any:
        prefix, params, filters = LISTS[parts[0]]
        if len(parts) == 2:
            return self.ledger.get(prefix, parts[1])
        check(given, params)
        found = [
            thing
            for thing in self.ledger.things[prefix].values()
            if all(thing.get(f) == given[f] for f in filters if f in given)
        ]
        found = found[::-1]
        after = given.get("starting_after")
        if after:
            found = found[[t["id"] for t in found].index(after) + 1 :]
        most = int(given.get("limit", 10))
        return {"object": "list", "url": f"/v1/{parts[0]}", "has_more": len(found) > most,
                "data": found[:most]}  # fmt: skip

    def _write(self, parts: list[str], given: dict[str, Any]) -> tuple[int, Any]:
        try:
            if len(parts) == 3:
                params, act = ACTS[parts[2]]
                check(given, params)
                return 200, act(self.ledger, parts[1], given)
            params, create = CREATES[parts[0]]
            check(given, params)
            return 200, create(self.ledger, given)
        except Unknown as unknown:
            return 400, _error("invalid_request_error", f"Received unknown parameter: {unknown}")
        except Refused as refused:
            return refused.status, _error("invalid_request_error", refused.message, refused.code)


def _error(kind: str, message: str, code: str | None = None) -> dict[str, Any]:
    return {"error": {"type": kind, "message": message, "code": code}}


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A killed worker leaves its connection: nothing to tell. A fault of ours is told."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    double: Double
    protocol_version = "HTTP/1.1"
    # A small answer must not wait for the other side to confirm the one before.
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._serve("")

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self._serve(self.rfile.read(length).decode())

    def _serve(self, body: str) -> None:
        address = urlsplit(self.path)
        double = self.double
        with double.lock:
            if address.path.startswith("/_control/"):
                what = address.path.rpartition("/")[2]
                status, made = 200, double.control(what, json.loads(body or "{}"))
            else:
                try:
                    status, made = double.answer(
                        self.command, address.path, address.query, body,
                        self.headers.get("Idempotency-Key", ""),
                    )  # fmt: skip
                except Refused as refused:
                    status = refused.status
                    made = _error("invalid_request_error", refused.message, refused.code)
            hangs = not address.path.startswith("/_control/") and double.strikes("hang")
            answer = json.dumps(made).encode()
        if hangs:
            # The work is done, and the answer is lost.
            self.close_connection = True
            return
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.send_header("Request-Id", "req_double")
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the tests ask for the state."""


def main() -> None:
    Handler.double = Double(sys.argv[2])
    server = Server(("127.0.0.1", int(sys.argv[1])), Handler)
    print(server.server_port, flush=True)  # noqa: T201  (who started us waits for it)
    server.serve_forever()


if __name__ == "__main__":
    main()
