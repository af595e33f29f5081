"""Many people of many authorities at once, on the real server: `make load-test`."""

from __future__ import annotations

import os
import random
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from flask import Flask

from saas.config import Settings
from saas.identity.permissions import AuthorityRole, ProviderRole
from tests.factories import client_of, make_case, make_person, make_tenant
from tests.saas.operations.processes import Browser, web

USERS = int(os.environ.get("LOAD_USERS", "200"))
SECONDS = int(os.environ.get("LOAD_SECONDS", "120"))
AUTHORITIES, CASES_EACH = 10, 5

pytestmark = pytest.mark.skipif(
    not os.environ.get("LOAD_TEST"), reason="two minutes of load: make load-test"
)


@dataclass
class User:
    """Somebody at work: the pages that they open, and what must be on none of them."""

    browser: Browser
    pages: tuple[str, ...]
    writes: str
    foreign: tuple[str, ...]
    answers: Counter[int] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def work(self, until: float, chance: random.Random) -> None:
        while time.monotonic() < until:
            if self.writes and chance.random() < 0.1:
                answer = self.browser.post(self.writes, {"text": "x", "audience": "provider"})
            else:
                answer = self.browser.get(chance.choice(self.pages))
            self.answers[answer.status] += 1
            if answer.status >= 400:
                self.faults.append(f"{answer.status}: {answer.text[:200]}")
            self.faults += [f"a row of {mark}" for mark in self.foreign if mark in answer.text]
            time.sleep(chance.uniform(0.2, 2.0))


def test_many_people_at_once_meet_no_error_and_no_row_of_others(
    fresh_app: Flask, fresh_settings: Settings, tmp_path: Path
) -> None:
    tenants = [make_tenant(fresh_app) for _ in range(AUTHORITIES)]
    marks = [f"Marked{'abcdefghij'[n]}" for n in range(AUTHORITIES)]
    cases = [
        [make_case(fresh_app, tenant, family_name=mark)[0] for _ in range(CASES_EACH)]
        for tenant, mark in zip(tenants, marks, strict=True)
    ]
    officers = [
        client_of(fresh_app, make_person(fresh_app, tenant=one, role=AuthorityRole.MANAGER))
        for one in tenants
    ]
    coordinator = client_of(fresh_app, make_person(fresh_app, role=ProviderRole.COORDINATOR))
    manager = client_of(fresh_app, make_person(fresh_app, role=ProviderRole.MANAGER))
    with web(fresh_settings, tmp_path / "web.log") as port:
        users = []
        for number in range(USERS):
            place = number % AUTHORITIES
            inside = f"/provider/{tenants[place].slug}/cases/{cases[place][0]}"
            if number % 4 < 2:
                own = tuple(f"/authority/cases/{case}" for case in cases[place])
                pages = ("/authority/", "/authority/statistics", *own)
                others = tuple(mark for n, mark in enumerate(marks) if n != place)
                users.append(User(Browser.of(officers[place], port), pages, "", others))
            elif number % 4 == 2:
                users.append(
                    User(
                        Browser.of(coordinator, port), ("/provider/", inside), f"{inside}/notes", ()
                    )
                )
            else:
                users.append(
                    User(Browser.of(manager, port), ("/manager/", "/manager/status"), "", ())
                )
        until = time.monotonic() + SECONDS
        threads = [
            threading.Thread(target=user.work, args=(until, random.Random(number)))
            for number, user in enumerate(users)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    answers: Counter[int] = sum((user.answers for user in users), Counter())
    sys.stdout.write(f"{USERS} people, {SECONDS} s: {answers.total()} answers {dict(answers)}\n")
    assert [fault for user in users for fault in user.faults] == []
    assert answers.total() > USERS
