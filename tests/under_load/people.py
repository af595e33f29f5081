"""Who is at work while the database changes under them, and all that they were answered."""

from __future__ import annotations

import datetime as dt
import random
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tests.page_client import entered
from tests.page_parts import Element, parse_page
from tests.saas.operations.processes import Answer, Browser

AUTHORITIES = {"trafford": "TRA", "luton": "LUT"}
NEW_ORDER = "/authority/purchase-orders/new"
# An authority's contract may say how its orders are numbered, and the page does.
NUMBERS_LOOK_LIKE = re.compile(r"numbers look like (\w+)\.")
BALANCER = "the balancer"
EACH_KIND = 2
ONE_OF_MANY = re.compile(
    r"[0-9a-f]{8}-[0-9a-f-]{27}|demo-[0-9a-f]+|(?<=[/-])\d+|(?<=/)(?:trafford|luton)(?=/)"
)
DOORS = ("/authority/", "/provider/", "/manager/", "/finance/", "/family/", "/sign", "/health/")


@dataclass(frozen=True)
class Asked:
    """One request: when it was sent, how long it took, what came back (0: nothing)."""

    at: float
    seconds: float
    status: int
    what: str
    wrong: str = ""


@dataclass
class Record:
    """Everything that was asked, by whoever asked it."""

    asked: list[Asked] = field(default_factory=list)
    referred: list[tuple[str, str]] = field(default_factory=list)

    def between(self, begin: float, end: float) -> list[Asked]:
        return [one for one in self.asked if begin <= one.at < end]


@dataclass
class Somebody:
    """A person with a browser: the pages that they found, and what they do besides."""

    who: str
    start: str
    browser: Browser
    record: Record
    password: str = ""
    foreign: tuple[str, ...] = ()
    acts: tuple[Callable[[Somebody, random.Random], None], ...] = ()
    pages: list[str] = field(default_factory=list)

    def ask(self, method: str, path: str, form: Mapping[str, str] | None = None) -> Answer | None:
        """Ask, and note how it went. None when nothing came back."""
        begun = time.monotonic()
        what = f"{self.who} {method} {path}"
        try:
            answer = self.browser.get(path) if form is None else self.browser.send(path, form)
        except OSError as gone:
            self.record.asked.append(Asked(begun, time.monotonic() - begun, 0, what, str(gone)))
            return None
        self.record.asked.append(
            Asked(begun, time.monotonic() - begun, answer.status, what, self._wrong(answer, form))
        )
        return answer

    def _wrong(self, answer: Answer, form: Mapping[str, str] | None) -> str:
        foreign = [mark for mark in self.foreign if mark in answer.text]
        if foreign:
            return f"a row of {foreign[0]}"
        if answer.status >= 500:
            return "not ready" if self.who == BALANCER else "an error"
        if answer.status >= 400 or (form is not None and answer.status != 302):
            return f"refused: {_errors(answer.text)}"
        if answer.headers.get("Location", "").startswith("/sign-in") and self.password:
            return "signed out"
        return ""

    def sign_in(self) -> None:
        if self.password:
            self.browser.cookie = ""
            self.submit("/sign-in", {"email": self.who, "password": self.password})

    def submit(self, path: str, fields: Mapping[str, str]) -> str:
        """Open a page, fill in its form and send it; where it led, or nothing."""
        page = self.ask("GET", path)
        if page is None or page.status != 200:
            return ""
        forms = [
            one
            for one in parse_page(page.text)[0].all("form")
            if one.get("method").lower() == "post" and one.inside("header") is None
        ]
        form = next(one for one in forms if set(fields) <= _names(one))
        sent = {name: str(value) for name, value in entered(form).items()}
        answer = self.ask("POST", form.get("action") or path, {**sent, **fields})
        return answer.headers.get("Location", "").partition("?")[0] if answer else ""

    def find_pages(self, most: int) -> None:
        """Follow links from the first page: a few pages of each kind that answer."""
        waiting, seen, kinds = [self.start], {self.start}, dict[str, int]()
        while waiting and len(self.pages) < most:
            path = waiting.pop(0)
            answer = self.browser.get(path)
            assert path != self.start or answer.status == 200, (self.who, path, answer)
            if answer.status != 200:
                continue
            self.pages.append(path)
            for link in re.findall(r'href="(/[^"#?]*)"', answer.text):
                kind = ONE_OF_MANY.sub("*", link)
                if link in seen or not self._goes_to(link) or kinds.get(kind, 0) >= EACH_KIND:
                    continue
                seen.add(link)
                kinds[kind] = kinds.get(kind, 0) + 1
                waiting.append(link)

    def _goes_to(self, link: str) -> bool:
        if link.startswith(("/static/", "/sign-out")):
            return False
        if self.start == "/":
            return not link.startswith(DOORS)
        door = next(door for door in DOORS if self.start.startswith(door))
        return link.startswith(self.start if door == "/family/" else door)

    def read_everything(self) -> None:
        for path in self.pages:
            self.ask("GET", path)

    def work(self, until: threading.Event, chance: random.Random) -> None:
        while not until.is_set():
            if self.acts and chance.random() < 0.15:
                chance.choice(self.acts)(self, chance)
            else:
                self.ask("GET", chance.choice(self.pages))
            until.wait(chance.uniform(0.2, 1.0))


def _names(form: Element) -> set[str]:
    return {one.get("name") for one in form.all("input", "select", "textarea")}


def _errors(html: str) -> str:
    found = re.findall(r'<a href="#[^"]*">([^<]+)</a>', html.partition("error-summary")[2])
    return "; ".join(found[:4])


def _day(name: str, day: dt.date) -> dict[str, str]:
    parts = {"day": day.day, "month": day.month, "year": day.year}
    return {f"{name}-{part}": str(value) for part, value in parts.items()}


def sign_in_anew(one: Somebody, _chance: random.Random) -> None:
    one.sign_in()


def refer(one: Somebody, chance: random.Random) -> None:
    """A case from its referral to its certificate."""
    slug = chance.choice(list(AUTHORITIES))
    today = dt.date.today()
    name = "".join(chance.choices("abcdefghijklmnoprstuvw", k=12)).capitalize()
    child = {
        "service": "mediation",
        "route": "parent",
        "given_name": "Zadie",
        "family_name": f"{slug.capitalize()}child {name}",
        "decision_type": "RTA",
        "contact_name": f"Jo {name}",
        "contact_relation": "Mother",
        "contact_telephone": f"07700 900{chance.randrange(1000):03d}",
        **_day("opened_on", today),
        **_day("date_of_birth", dt.date(2014, 1, 1) + dt.timedelta(chance.randrange(1500))),
        **_day("notice_sent", today - dt.timedelta(10)),
    }
    case = one.submit(f"/provider/{slug}/cases/new", child)
    if not case:
        return
    one.record.referred.append((case, child["family_name"]))
    heard = {"way": "telephone", "minutes": "20", "choice": "decline"}
    one.submit(f"{case}/mias", {**heard, **_day("held_on", today), **_day("choice_on", today)})
    one.submit(f"{case}/notes", {"text": "They rang.", "audience": "provider"})
    one.submit(f"{case}/certificate", _day("issued_on", today))


def order(one: Somebody, chance: random.Random) -> None:
    """An authority's finance enters a purchase order."""
    today = dt.date.today()
    page = one.ask("GET", NEW_ORDER)
    look = NUMBERS_LOOK_LIKE.search(page.text if page else "")
    # The digits that are free come last, and are five or more.
    number = (look[1] if look else "000000")[:-5] + f"{chance.randrange(10**5):05d}"
    days = {**_day("valid_from", today), **_day("valid_to", today + dt.timedelta(90))}
    one.submit(NEW_ORDER, {"number": number, "value": "1200", **days})


def everybody(port: int, password: str, family: str, record: Record) -> list[Somebody]:
    """People of each door: of two authorities, of the provider, a family, and anyone."""

    def somebody(who: str, start: str, *acts: Callable[..., None], slug: str = "") -> Somebody:
        foreign = tuple(
            mark
            for other, prefix in AUTHORITIES.items()
            if slug and other != slug
            for mark in (f"{prefix}-", f"{other.capitalize()}child")
        )
        known = password if "@" in who else ""
        return Somebody(who, start, Browser(port), record, known, foreign, acts)

    of_authorities = [
        somebody(f"{role}@{slug}.example", f"/authority/{first}", act, slug=slug)
        for slug in AUTHORITIES
        for role, first, act in (("officer", "", sign_in_anew), ("finance", "invoices", order))
    ]
    return [
        *of_authorities,
        somebody("coordinator@provider.example", "/provider/", refer),
        somebody("coordinator2@provider.example", "/provider/", refer, sign_in_anew),
        somebody("manager@provider.example", "/manager/"),
        somebody("finance@provider.example", "/finance/contracts"),
        somebody("a family", family),
        somebody("anyone", "/"),
        somebody(BALANCER, "/health/ready"),
    ]
