"""What leaves for Sentry: the kind of a fault and where it stands, never whom it was about."""

from __future__ import annotations

from typing import Any

from sentry_sdk.integrations.flask import FlaskIntegration
from sentry_sdk.types import Event, Hint

# The defaults would send query strings, form fields, local variables and exception texts.
KEPT_IN_REQUEST = ("method",)


def strip_people(event: Event, _hint: Hint) -> Event:
    """Take out everything that could hold what somebody typed or read."""
    request = event.get("request")
    if isinstance(request, dict):
        event["request"] = {k: request[k] for k in KEPT_IN_REQUEST if k in request}
    for key in ("user", "extra", "breadcrumbs", "server_name", "logentry", "message"):
        event.pop(key, None)  # type: ignore[misc]
    for exception in event.get("exception", {}).get("values", []):
        exception["value"] = "(left out: it may name a person)"
        for frame in (exception.get("stacktrace") or {}).get("frames", []):
            frame.pop("vars", None)
    return event


def strip_trace(event: Event, _hint: Hint) -> Event:
    """Of a request that is traced: which page, how long, and how long each statement took. Its
    address, which may be a key, and the statements' text stay here."""
    request = event.get("request")
    if isinstance(request, dict):
        event["request"] = {k: request[k] for k in KEPT_IN_REQUEST if k in request}
    for key in ("user", "extra", "breadcrumbs", "server_name"):
        event.pop(key, None)  # type: ignore[misc]
    spans = event.get("spans")
    for span in spans if isinstance(spans, list) else ():
        span.pop("data", None)
        span["description"] = span.get("op", "")
    trace = event.get("contexts", {}).get("trace")
    if isinstance(trace, dict):
        trace.pop("data", None)
    return event


SENTRY_OPTIONS: dict[str, Any] = {
    "include_local_variables": False,
    "include_source_context": False,
    "max_request_body_size": "never",
    "max_breadcrumbs": 0,
    "before_send": strip_people,
    "before_send_transaction": strip_trace,
    # The transaction is named by the endpoint, never by the path.
    "integrations": [FlaskIntegration(transaction_style="endpoint")],
    "traces_sample_rate": 0.0,
}
