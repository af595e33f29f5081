"""Whoever fills the form in: page by page, as a browser does."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import pytest
from flask import Flask

from saas.identity.signed_in import Tenancy
from tests.factories import NOW
from tests.page_client import PageClient

# What a parent answers, page by page; a page that is asked of nobody is left out by the walk.
PARENT: Mapping[str, Mapping[str, str]] = {
    "who": {"who": "parent"},
    "council": {"right": "yes"},
    "child": {
        "given_name": "Ada",
        "family_name": "Doorwell",
        "date_of_birth-day": "9",
        "date_of_birth-month": "3",
        "date_of_birth-year": "2016",
        "school": "Example Primary",
    },
    "decision": {
        "decision": "RTA",
        "notice_sent-day": "20",
        "notice_sent-month": "5",
        "notice_sent-year": "2026",
        "certificate": "no",
    },
    "about": {"about": "They say that she does not need an assessment."},
    "contact": {
        "contact_name": "Jo Doorwell",
        "contact_relation": "Mother",
        "contact_telephone": "07700 900000",
        "contact_email": "jo@family.example",
    },
    "needs": {
        "interpreter": "Polish",
        "adjustments": "Large print",
        "safe_times": "after 4pm",
        "messages": "no",
    },
    "call": {"day": "any"},
}


@dataclass
class Clock:
    """The doors' clock, which a test moves on."""

    now: dt.datetime = NOW

    def on(self, **by: float) -> None:
        self.now += dt.timedelta(**by)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    hands = Clock()
    monkeypatch.setattr("saas.web.today.clock", lambda: hands.now)
    return hands


@dataclass
class Visitor:
    """Somebody at a browser, at an address of the internet."""

    client: PageClient
    clock: Clock
    start: str = "/refer"
    asked: list[str] = field(default_factory=list)

    def open(self, path: str) -> str:
        return self.client.get(path).text

    def answer(self, step: str, fields: Mapping[str, str]) -> str:
        """Fill a page in and send it. Returns where it leads."""
        self.asked.append(step)
        answer = self.client.submit(f"{self.start}/{step}", fields)
        assert answer.status_code == 302, answer.text
        self.clock.on(seconds=20)
        return str(answer.location)

    def fill_in(self, tenant: Tenancy, answers: Mapping[str, Mapping[str, str]]) -> None:
        """Go from the first page to the last, wherever each leads."""
        known = {"where": {"council": tenant.slug}, **answers}
        step = "who" if "who" in answers else "permission"
        while step != "check":
            step = self.answer(step, known[step]).rpartition("/")[2]

    def send(self) -> str:
        """Send what was checked. Returns the number that it was given."""
        answer = self.client.submit(f"{self.start}/check")
        assert answer.status_code == 302, answer.text
        page = self.client.get(answer.location).text
        return page.partition("Your number is ")[2][:9]


def visitors(app: Flask, clock: Clock) -> Iterator[Visitor]:
    """Visitors, each at an address of their own."""
    number = 0
    while True:
        number += 1
        client = app.test_client()
        assert isinstance(client, PageClient)
        client.environ_base["REMOTE_ADDR"] = f"198.51.100.{number % 250 + 1}"
        yield Visitor(client, clock)
