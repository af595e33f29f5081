"""What a tray is narrowed to, read from the address and shown back as tags."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import request
from werkzeug.datastructures import MultiDict

from saas.web.paging import url_with, url_without
from tenants.casework.kinds import SERVICE_WORDS, STAGE_WORDS, WAITING_WORDS, Service, Stage
from tenants.worktrays.tray_filter import TrayFilter

DUE_WORDS = {"overdue": "Overdue", "soon": "Due in the next 5 working days"}
LONGEST_TEXT = 100
# Of cases that nobody looks after.
NOBODY = "nobody"
# The clocks that can be a case's next one, by what they are about.
CLOCK_WORDS = {
    "K2": "Certificate, no mediation",
    "K3": "Telling the ICB",
    "K4": "Mediation about health in 30 days",
    "K5": "Mediation in 30 days",
    "K7": "Certificate after mediation",
    "K8": "Certificate, not arranged",
    "K9": "Last day to appeal",
    "K10": "Agreed step (2 weeks)",
    "K11": "ICB telling the authority",
    "K12": "Agreed step",
}


def asked_filter(args: MultiDict[str, str]) -> TrayFilter:
    """The filter that an address asks for. What is no known word is left out, not an error."""
    due = args.get("due", "")
    waiting = args.get("waiting_for", "")
    return TrayFilter(
        due=due if due in DUE_WORDS else "",
        clocks=tuple(c for c in args.getlist("clock") if c in CLOCK_WORDS),
        stages=tuple(s for s in args.getlist("stage") if s in set(Stage)),
        services=tuple(s for s in args.getlist("service") if s in set(Service)),
        waiting_for=waiting if waiting in WAITING_WORDS else "",
        authority=args.get("authority", "")[:LONGEST_TEXT],
        person=asked_person(args.get("person", "")),
        unassigned=args.get("person", "") == NOBODY,
        text=args.get("text", "").strip()[:LONGEST_TEXT],
        closed=args.get("closed") == "yes",
        only_new=args.get("new") == "yes",
        order=args.get("sort", "due"),
    )


def asked_person(text: str) -> uuid.UUID | None:
    """The person that an address asks for; None where it asks for none."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def selected_tags(asked: TrayFilter, people: Mapping[uuid.UUID, str]) -> list[dict[str, Any]]:
    """The chosen filters, each with the address that takes it off."""
    groups: list[dict[str, Any]] = []

    def add(heading: str, tags: list[tuple[str, str]]) -> None:
        if tags:
            groups.append(
                {"heading": heading, "tags": [{"text": t, "href": href} for t, href in tags]}
            )

    add("Due", [(DUE_WORDS[asked.due], url_with(due=None))] if asked.due else [])
    add("Stage", [(STAGE_WORDS[Stage(s)], url_without("stage", s)) for s in asked.stages])
    add("Clock", [(CLOCK_WORDS[c], url_without("clock", c)) for c in asked.clocks])
    add("Kind", [(SERVICE_WORDS[Service(s)], url_without("service", s)) for s in asked.services])
    if asked.waiting_for:
        add("Waiting for", [(WAITING_WORDS[asked.waiting_for], url_with(waiting_for=None))])
    add("Authority", [(asked.authority, url_with(authority=None))] if asked.authority else [])
    if asked.person:
        add("Looked after by", [(people.get(asked.person, "Somebody"), url_with(person=None))])
    if asked.unassigned and request.args.get("person"):
        add("Looked after by", [("Nobody", url_with(person=None))])
    add("Reference", [(asked.text, url_with(text=None))] if asked.text else [])
    add("New", [("Since your last visit", url_with(new=None))] if asked.only_new else [])
    add("Closed cases", [("Shown too", url_with(closed=None))] if asked.closed else [])
    return groups
