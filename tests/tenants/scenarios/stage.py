"""What a scenario is played on: the people of one case at their doors, and a clock that moves.

Everything in a scenario happens on a page that somebody has open. Only the people and the authority
are there beforehand.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask

from saas.identity.permissions import AuthorityRole, ProviderRole
from saas.identity.signed_in import Tenancy
from tenants.law.clocks import CLOCK_LAW
from tests.factories import Someone, client_of, make_person, make_tenant
from tests.page_client import PageClient
from tests.page_parts import Element

REFERRED = dt.date(2026, 5, 5)
NOTICE = dt.date(2026, 4, 20)
# Of the family alone: no page of the authority ever shows it.
TELEPHONE = "07700 900123"
SAID_IN_CONFIDENCE = "Feels that the school gave up"
COORDINATOR, OFFICER, PARENT = "Casey Coordinator", "Sam Officer", "Jo Marker"


def day(name: str, on: dt.date) -> dict[str, str]:
    """The three parts of a date field."""
    return {
        f"{name}-day": str(on.day),
        f"{name}-month": str(on.month),
        f"{name}-year": str(on.year),
    }


def words_under(page: Element, heading: str) -> str:
    """The text of the box with this heading."""
    (box,) = [
        one.parent.text for one in page.all("h2") if one.text == heading and one.parent is not None
    ]
    return box


def bar_of(page: Element) -> dict[str, str]:
    """What the bar above a case says: stage, next clock and the rest."""
    (bar,) = [one for one in page.all("dl") if one.get("class") == "app-identity"]
    return {name.text: value.text for name, value in zip(bar.all("dt"), bar.all("dd"), strict=True)}


def clocks_named(page: Element, clock: str) -> list[str]:
    """What the panel of clocks says of one: its name, its day and how far that is."""
    (rule, *_) = (found[-1] for key, found in CLOCK_LAW.versions.items() if key[0] == clock)
    return [
        one.text
        for one in page.all("li")
        if one.get("class") == "app-clocks__item" and one.all("p")[0].text == rule.name
    ]


def clock_of(page: Element, clock: str) -> str:
    (found,) = clocks_named(page, clock)
    return found


@dataclass
class Case:
    """A case that is open, and each person's own page of it."""

    app: Flask
    tenant: Tenancy
    today: Callable[[dt.date], None]
    coordinator: PageClient
    officer: PageClient
    family: PageClient
    provider_page: str
    family_page: str = ""

    @property
    def id(self) -> str:
        return self.provider_page.rpartition("/")[2]

    @property
    def authority_page(self) -> str:
        return f"/authority/cases/{self.id}"

    def on(self, month: int, number: int) -> None:
        """The day turns to this one, in 2026."""
        self.today(dt.date(2026, month, number))

    def provider(self, act: str, fields: Mapping[str, Any] | None = None) -> str:
        """The coordinator records something; where that leads."""
        address = f"{self.provider_page}/{act}"
        answer = self.coordinator.submit(address, fields, action=address)
        assert answer.status_code == 302, answer.text
        return answer.location

    def authority(self, act: str, fields: Mapping[str, Any] | None = None) -> None:
        """The officer records something."""
        answer = self.officer.submit(f"{self.authority_page}/{act}", fields)
        assert answer.status_code == 302, answer.text

    def seen_by_provider(self, part: str = "") -> Element:
        assert self.coordinator.get(f"{self.provider_page}{part}").status_code == 200
        return self.coordinator.page

    def seen_by_authority(self, part: str = "") -> Element:
        """The authority's page, on which nothing of the family's own ever stands."""
        answer = self.officer.get(f"{self.authority_page}{part}")
        assert answer.status_code == 200
        for secret in (TELEPHONE, SAID_IN_CONFIDENCE, "jo@family.example"):
            assert secret not in answer.text
        return self.officer.page

    def seen_by_family(self, part: str = "") -> Element:
        answer = self.family.get(f"{self.family_page}{part}")
        assert answer.status_code == 200
        assert SAID_IN_CONFIDENCE not in answer.text
        return self.family.page

    def is_listed_as_on_its_page(self) -> None:
        """What the authority must do here stands in its list of all that it must do."""
        reference = bar_of(self.seen_by_authority())["Reference"]
        box = next(
            one.parent
            for one in self.officer.page.all("h2")
            if one.text == "What you must do" and one.parent is not None
        )
        acts = {a.get("href"): a.text for li in box.all("li") for a in li.all("a")[:1]}
        assert self.officer.get(f"/authority/to-do?text={reference}").status_code == 200
        listed = {
            a.get("href"): a.text.removesuffix(f"in case {reference}").strip()
            for one in self.officer.page.all("th")
            if one.get("scope") == "row"
            for a in one.all("a")
        }
        assert listed == acts

    def stands(self, stage: str, next_step: str, due: str = "", authority_must: str = "") -> None:
        """Both pages say the same of where the case is; `due` is as the bar shows it.

        `authority_must` is what the authority has to do meanwhile; else it waits for the next step.
        """
        for page, box, said in (
            (self.seen_by_provider(), "Next", next_step),
            (self.seen_by_authority(), "What you must do", authority_must or next_step),
        ):
            bar = bar_of(page)
            assert bar["Stage"] == stage
            assert due in bar["Next clock"] if due else bar["Next clock"] == "No clock running"
            assert said.lower() in words_under(page, box).lower()
        self.is_listed_as_on_its_page()

    def tray(self, client: PageClient, address: str) -> bool:
        """Whether a list shows the case."""
        page = client.get(address)
        assert page.status_code == 200
        return f"/cases/{self.id}" in page.text

    def figures(self) -> dict[str, Any]:
        """The authority's statistics of 2026, as the command prints them."""
        asked = ["statistics", "show", "--authority", self.tenant.slug, "--year", "2026"]
        told = self.app.test_cli_runner().invoke(args=[*asked, "--format", "json"])
        assert told.exit_code == 0, told.output
        figures: dict[str, Any] = json.loads(told.output)
        return figures

    def issues_certificate(self) -> Element:
        """The coordinator issues the certificate today; its page."""
        answer = self.coordinator.get(self.provider("certificate"))
        assert answer.status_code == 200
        return self.coordinator.page

    def hands_out_link(self) -> None:
        """The coordinator makes a personal link, which the family opens from then on."""
        answer = self.coordinator.submit(f"{self.provider_page}/links")
        assert answer.status_code == 200
        (field,) = [one for one in self.coordinator.page.all("input") if one.get("id") == "link"]
        self.family_page = field.get("value").removeprefix("http://localhost")


@dataclass
class Stage:
    """An authority and its officer, a coordinator at the provider; no case yet."""

    app: Flask
    today: Callable[[dt.date], None]

    def refer(self, **changes: object) -> Case:
        """A referral is taken on 5 May 2026, and the family gets its link."""
        self.today(REFERRED)
        tenant = make_tenant(self.app)
        coordinator = self.client(role=ProviderRole.COORDINATOR, name=COORDINATOR)
        referral = {
            "service": "mediation",
            "route": "parent",
            "given_name": "Zadie",
            "family_name": "Marker",
            **day("date_of_birth", dt.date(2016, 3, 9)),
            "decision_type": "RTA",
            **day("notice_sent", NOTICE),
            "contact_name": PARENT,
            "contact_relation": "Mother",
            "contact_email": "jo@family.example",
            "contact_telephone": TELEPHONE,
            **changes,
        }
        answer = coordinator.submit(f"/provider/{tenant.slug}/cases/new", referral)
        assert answer.status_code == 302, answer.text
        case = Case(
            self.app,
            tenant,
            self.today,
            coordinator,
            self.client(tenant=tenant, role=AuthorityRole.OFFICER, name=OFFICER),
            self.app.test_client(),  # type: ignore[arg-type]  # the app's client is a PageClient
            answer.location.partition("?")[0],
        )
        case.hands_out_link()
        note = {"text": SAID_IN_CONFIDENCE, "audience": "provider"}
        case.provider("notes", note)
        return case

    def client(
        self, *, role: AuthorityRole | ProviderRole, name: str, tenant: Tenancy | None = None
    ) -> PageClient:
        return self.browser(make_person(self.app, role=role, name=name, tenant=tenant))

    def browser(self, someone: Someone) -> PageClient:
        return client_of(self.app, someone)
