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
from urllib.parse import urlsplit

from tests.stripe_double.ledger import Ledger, Refused
from tests.stripe_double.parameters import Unknown, check, read_form

LISTS = {
    "customers": ("cus", "CustomerListParams", ("email",)),
    "invoices": ("in", "InvoiceListParams", ("customer",)),
    "credit_notes": ("cn", "CreditNoteListParams", ("invoice", "customer")),
    "invoice_payments": ("inpay", "InvoicePaymentListParams", ("invoice",)),
    "events": ("evt", "EventListParams", ("type",)),
}
RETRIEVES = {
    "customers": ("cus", "CustomerRetrieveParams"),
    "invoices": ("in", "InvoiceRetrieveParams"),
    "credit_notes": ("cn", "CreditNoteRetrieveParams"),
    "invoice_payments": ("inpay", "InvoicePaymentRetrieveParams"),
}
CREATES = {
    "customers": ("CustomerCreateParams", Ledger.create_customer),
    "invoices": ("InvoiceCreateParams", Ledger.create_invoice),
    "credit_notes": ("CreditNoteCreateParams", Ledger.create_credit_note),
}
Act = Callable[[Ledger, str, dict[str, Any]], Any]
# By the kind of thing and the last part of the address; '' changes the thing itself.
ACTS: dict[tuple[str, str], tuple[str, Act]] = {
    ("customers", ""): ("CustomerUpdateParams", Ledger.update_customer),
    ("customers", "funding_instructions"): (
        "CustomerFundingInstructionsCreateParams",
        Ledger.funding_instructions,
    ),
    ("invoices", "add_lines"): ("InvoiceAddLinesParams", Ledger.add_lines),
    ("invoices", "finalize"): ("InvoiceFinalizeInvoiceParams", Ledger.finalize),
    ("invoices", "send"): ("InvoiceSendInvoiceParams", Ledger.send),
    ("invoices", "pay"): ("InvoicePayParams", Ledger.pay),
    ("invoices", "void"): ("InvoiceVoidInvoiceParams", Ledger.void),
    ("invoices", "mark_uncollectible"): (
        "InvoiceMarkUncollectibleParams",
        Ledger.mark_uncollectible,
    ),
    ("credit_notes", "void"): ("CreditNoteVoidCreditNoteParams", Ledger.void_credit_note),
    ("payment_intents", "apply_customer_balance"): (
        "PaymentIntentApplyCustomerBalanceParams",
        Ledger.apply_customer_balance,
    ),
}


class Double:
    def __init__(self, secret: str) -> None:
        self.ledger, self.secret = Ledger(), secret
        self.lock = threading.RLock()
        self.answers: dict[str, tuple[str, int, Any]] = {}
        self.requests: list[tuple[str, str]] = []
        # How often each goes wrong by chance, and what goes wrong next for certain.
        self.faults: dict[str, float] = {}
        self.next_faults: list[tuple[str, str]] = []
        self.random = random.Random(0)

    def strikes(self, fault: str, path: str) -> bool:
        if (fault, path.rpartition("/")[2]) in self.next_faults:
            self.next_faults.remove((fault, path.rpartition("/")[2]))
            return True
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
            self.next_faults = []
            return {}
        if what == "fault":  # once, at the next request whose address ends so
            self.next_faults += [(given["kind"], given["request"])] * given.get("times", 1)
            return {}
        if what == "forget_keys":  # as Stripe does after a day
            self.answers.clear()
            return {}
        if what == "transfer":
            placed = given.get("placed", True)
            return self.ledger.bank_transfer(given["invoice"], given["pence"], placed=placed)
        if what == "take_cash":  # paid back to the authority
            self.ledger.transferred -= self.ledger.cash.pop(given["customer"])
            return {}
        if what == "act":  # a person at Stripe does something
            act = ACTS[given["things"], given["act"]][1]
            return act(self.ledger, given["name"], given.get("given", {}))
        if what == "create":
            return CREATES[given["things"]][1](self.ledger, given["given"])
        if what == "mark":  # as another deployment, or a person at Stripe, would have made it
            prefix = given["name"].partition("_")[0]
            self.ledger.get(prefix, given["name"]).update(given["fields"])
            return {}
        if what == "event":
            self.ledger.happen(given["type"], given["object"])
            return {}
        if what == "events":
            events, self.ledger.new_events = self.ledger.new_events, []
            return [self.signed(event) for event in events]
        if what == "asked":
            return {"requests": len(self.requests)}
        return {
            "things": self.ledger.things,
            "cash": self.ledger.cash,
            "transferred": self.ledger.transferred,
            "requests": self.requests,
        }

    def answer(self, method: str, path: str, query: str, body: str, key: str) -> tuple[int, Any]:
        parts = path.strip("/").split("/")[1:]
        self.requests.append((method, path))
        if method == "GET":
            return 200, self._read(parts, read_form(query))
        asked = f"{path}?{body}"
        if key in self.answers:
            before, status, stored = self.answers[key]
            if before != asked:
                return 400, _error("idempotency_error", "The key was used with other parameters")
            return status, stored
        if self.strikes("unauthorised", path):
            return 401, _error("invalid_request_error", "Invalid API Key provided")
        if self.strikes("refused", path):
            return 400, _error("invalid_request_error", "This is not switched on in your account")
        if self.strikes("before", path):
            status, made = 500, _error("api_error", "Something went wrong")
        else:
            try:
                status, made = self._write(parts, read_form(body))
            except Unknown as unknown:
                # Nothing was begun, so nothing is kept under the key.
                return 400, _error(
                    "invalid_request_error", f"Received unknown parameter: {unknown}"
                )
            if status == 200 and self.strikes("after", path):
                status, made = 500, _error("api_error", "Something went wrong afterwards")
        made = json.loads(json.dumps(made))
        if key:
            self.answers[key] = (asked, status, made)
        return status, made

    def _read(self, parts: list[str], given: dict[str, Any]) -> Any:
        ledger, things = self.ledger, parts[0]
        expand = given.get("expand") or []
        if len(parts) == 3 and parts[2] == "lines":
            check(given, "InvoiceLineItemListParams")
            ledger.get("in", parts[1])
            return _listed(ledger.lines_of(parts[1]), given, "/".join(parts))
        if len(parts) == 2:
            prefix, params = RETRIEVES[things]
            check(given, params)
            return self._expanded(ledger.get(prefix, parts[1]), expand)
        prefix, params, filters = LISTS[things]
        check(given, params)
        since = int((given.get("created") or {}).get("gte", 0))
        found = [
            thing
            for thing in ledger.things[prefix].values()
            if all(thing.get(f) == given[f] for f in filters if f in given)
            and thing["created"] >= since
        ]
        answer = _listed(found[::-1], given, things)
        inner = [name.removeprefix("data.") for name in expand]
        answer["data"] = [self._expanded(thing, inner) for thing in answer["data"]]
        return answer

    def _expanded(self, thing: dict[str, Any], expand: list[str]) -> dict[str, Any]:
        more: dict[str, Any] = {}
        if thing["object"] == "invoice" and "payments" in expand:
            paid = self.ledger.payments_of(thing["id"])
            more["payments"] = _listed(paid, {}, "invoice_payments")
        if thing["object"] == "customer" and "cash_balance" in expand:
            more["cash_balance"] = self.ledger.cash_balance(thing["id"])
        return {**thing, **more}

    def _write(self, parts: list[str], given: dict[str, Any]) -> tuple[int, Any]:
        try:
            if len(parts) == 1:
                params, create = CREATES[parts[0]]
                check(given, params)
                return 200, create(self.ledger, given)
            params, act = ACTS[parts[0], parts[2] if len(parts) == 3 else ""]
            check(given, params)
            return 200, act(self.ledger, parts[1], given)
        except Refused as refused:
            return refused.status, _error("invalid_request_error", refused.message, refused.code)


def _listed(found: list[dict[str, Any]], given: dict[str, Any], what: str) -> dict[str, Any]:
    after = given.get("starting_after")
    if after:
        found = found[[t["id"] for t in found].index(after) + 1 :]
    most = int(given.get("limit", 10))
    return {"object": "list", "url": f"/v1/{what}", "has_more": len(found) > most,
            "data": found[:most]}  # fmt: skip


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
            hangs = not address.path.startswith("/_control/") and double.strikes(
                "hang", address.path
            )
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
