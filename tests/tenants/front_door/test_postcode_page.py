"""Issue 14: the postcode check, by real postcodes as people type them."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import logging
import random
import uuid
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from saas.database.scope import Scope, scoped
from saas.reference import shipped
from tenants.front_door.postcode_check import LAW_BEGAN, oldest_letter_in_time
from tenants.law.clocks import due
from tenants.subscribers.models import Subscriber
from tests.factories import TODAY
from tests.page_client import PageClient
from tests.walls.statements import committed, tables_written

pytestmark = pytest.mark.usefixtures("standing_clock")

MANY = 500
Row = tuple[str, str, str]  # postcode, district, whether it is live


def subscribe(slug: str, dfe_number: str, *, until: dt.date | None = None) -> None:
    tenant = uuid.uuid4()
    prefix = "".join(chr(65 + int(digit)) for digit in dfe_number)
    with scoped(Scope.provider(tenant, None)) as session:
        session.add(
            Subscriber(
                id=tenant, slug=slug, reference_prefix=prefix, name=slug.replace("-", " ").title(),
                dfe_number=dfe_number, subscribed_from=dt.date(2020, 1, 1), subscribed_to=until,
            )
        )  # fmt: skip


def load(app: Flask, rows: list[Row], folder: Path) -> None:
    file = folder / "list.csv"
    lines = ["pcds,lad25cd,in_codepoint_open", *(",".join(row) for row in rows)]
    file.write_text("\n".join(lines) + "\n")
    done = app.test_cli_runner().invoke(args=["reference", "load-postcodes", str(file)])
    assert done.exit_code == 0, done.output


def visitor_of(app: Flask) -> PageClient:
    client = app.test_client()
    assert isinstance(client, PageClient)
    return client


def ask(client: PageClient, postcode: str) -> str:
    """The heading of the answer."""
    client.submit("/check-postcode", {"postcode": postcode})
    return client.page.all("h1")[0].text


def main(client: PageClient) -> str:
    return client.page.all("main")[0].text


def shipped_groups() -> Iterator[tuple[str, list[Row]]]:
    """The shipped postcodes, those that differ in their last letter alone together."""
    groups: dict[str, list[Row]] = defaultdict(list)
    with gzip.open(shipped.FOLDER / shipped.POSTCODES, "rt") as file:
        for row in csv.DictReader(file):
            units = row["units"]
            for at in range(0, len(units), 2):
                unit = units[at : at + 2]
                known = (row["sector"] + unit, row["lad25cd"], row["in_codepoint_open"])
                groups[row["sector"] + unit[0]].append(known)
    yield from groups.items()


def messy(postcode: str, chance: random.Random) -> str:
    """As people type it: in any case, with spaces and hyphens where they like."""
    letters = postcode.replace(" ", "")
    letters = "".join(chance.choice((c.lower(), c.upper())) for c in letters)
    gap = chance.choice(("", " ", "  ", "-", "\u2013", "\u00a0"))
    at = chance.choice((len(letters) - 3, len(letters) - 3, 2))
    around = chance.choice(("", " ", "\t"))
    return f"{around}{letters[:at]}{gap}{letters[at:]}{around}"


def test_five_hundred_real_postcodes_in_messy_spelling(fresh_app: Flask, tmp_path: Path) -> None:
    chance = random.Random(14)
    groups = dict(shipped_groups())
    live = [row for rows in groups.values() for row in rows if row[2] == "1"]
    ended = [row for rows in groups.values() for row in rows if row[2] == "0"]
    sample = chance.sample(live, MANY // 2) + chance.sample(ended, MANY // 2)
    wanted = {row[0][:-1] for row in sample}
    load(fresh_app, [row for key in sorted(wanted) for row in groups[key]], tmp_path)
    with (shipped.FOLDER / shipped.DISTRICTS).open() as file:
        number_of = {r["lad_code"]: r["education_dfe_number"] for r in csv.DictReader(file)}
    with (shipped.FOLDER / shipped.AUTHORITIES).open() as file:
        authorities = {r["dfe_number"]: r for r in csv.DictReader(file)}
    # Every other authority subscribes.
    served = set(sorted({number_of[row[1]] for row in sample})[::2])
    for number in served:
        subscribe(authorities[number]["slug"], number)
    client = visitor_of(fresh_app)
    seen: dict[str, int] = defaultdict(int)
    for postcode, district, is_live in sample:
        own = number_of[district]
        beside = {number_of[row[1]] for row in groups[postcode[:-1]] if row[2] == "1"}
        heading, name = ask(client, messy(postcode, chance)), authorities[own]["display_name"]
        if beside - {own}:
            assert heading == "We have to ask you first"
            offered = {one.text for one in client.page.all("label")}
            assert {authorities[one]["display_name"] for one in beside | {own}} <= offered
            seen["asked"] += 1
            continue
        yes = own in served
        assert heading == (
            f"Yes, we help families in {name}" if yes else f"We do not work in {name}"
        )
        assert ("Royal Mail no longer uses this postcode" in main(client)) is (is_live == "0")
        seen["served" if yes else "not served"] += 1
    assert sum(seen.values()) == MANY
    assert min(seen.values()) > 5 and len(seen) == 3


FEW: list[Row] = [
    ("M33 2AA", "E08000009", "1"),
    ("SG1 1AA", "E07000243", "1"),
    # Beside each other, in Trafford and in Manchester.
    ("M33 3PA", "E08000009", "1"),
    ("M33 3PB", "E08000003", "1"),
    ("CA1 1AA", "E06000063", "1"),
    ("BH23 1AA", "E06000058", "1"),
]


@pytest.fixture(name="client")
def client_of_few(fresh_app: Flask, tmp_path: Path) -> PageClient:
    load(fresh_app, FEW, tmp_path)
    subscribe("trafford", "358")
    subscribe("hertfordshire", "919", until=dt.date(2021, 1, 1))
    return visitor_of(fresh_app)


def test_one_that_is_served_is_led_to_its_own_page(client: PageClient) -> None:
    assert ask(client, "m332aa") == "Yes, we help families in Trafford"
    assert "/areas/trafford" in {one.get("href") for one in client.page.all("a")}


def test_whom_nobody_here_serves_is_told_whom_to_ask_and_the_last_safe_day(
    client: PageClient,
) -> None:
    assert ask(client, "SG1 1AA") == "We do not work in Hertfordshire"
    said = main(client)
    assert "special educational needs (SEN) team of Hertfordshire" in said
    assert "We used to work for Hertfordshire" in said
    assert "If your letter is from Friday 10 April 2026 or later, you are still in time" in said


def test_one_at_a_boundary_is_asked_and_not_guessed(client: PageClient) -> None:
    assert ask(client, "M33 3PA") == "We have to ask you first"
    form = next(one for one in client.page.all("form") if one.all("fieldset"))
    token = next(one.get("value") for one in form.all("input") if one.get("name") == "csrf_token")
    chosen = {one.get("value") for one in form.all("input") if one.get("name") == "council"}
    assert chosen == {"trafford", "manchester"}
    client.post("/check-postcode", data={"council": "manchester", "csrf_token": token})
    assert client.page.all("h1")[0].text == "We do not work in Manchester"
    answer = client.post("/check-postcode", data={"council": "nowhere", "csrf_token": token})
    assert answer.status_code == 422


def test_one_that_is_not_on_the_list_is_asked_by_its_neighbours(client: PageClient) -> None:
    assert ask(client, "M33 2AZ") == "We have to ask you first"
    assert "The postcodes beside it belong to Trafford" in main(client)
    assert ask(client, "M33 9ZZ") == "We do not know this postcode"


def test_an_area_whose_council_changed_says_so(client: PageClient) -> None:
    ask(client, "CA1 1AA")
    assert "used to be part of Cumbria (until Friday 31 March 2023)" in main(client)
    ask(client, "BH23 1AA")
    assert "Bournemouth (until" in main(client) and "Dorset (until" in main(client)
    ask(client, "M33 2AA")
    assert "The councils here changed" not in main(client)


@pytest.mark.parametrize("typed", ["EH1 1AA", "BT1 1AA", "je2 3ab", "CF10 1AA"])
def test_what_is_not_in_england_is_said_to_be_so(client: PageClient, typed: str) -> None:
    assert ask(client, typed) == "This postcode is not in England"


@pytest.mark.parametrize("typed", ["", "M33", "QQ1 1AA", "nothing like it", "<b>", "x" * 5_000])
def test_what_is_no_postcode_is_said_at_the_field(client: PageClient, typed: str) -> None:
    answer = client.submit("/check-postcode", {"postcode": typed})
    assert answer.status_code == 422
    assert "#postcode" in {one.get("href") for one in client.page.all("a")}


def test_a_postcode_is_written_nowhere(
    client: PageClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG), committed() as statements:
        ask(client, "SG1 1AA")
    assert tables_written(statements) == {"page_count"}
    assert "SG1" not in caplog.text.upper()
    client.looks = False
    assert client.get("/check-postcode?postcode=SG1+1AA").status_code == 200
    assert "Hertfordshire" not in client.get("/check-postcode?postcode=SG1+1AA").text


def test_the_last_safe_day_is_the_clocks(standing_clock: dt.datetime) -> None:
    for ahead in range(0, 800, 3):
        today = TODAY + dt.timedelta(days=ahead)
        oldest = oldest_letter_in_time(today)
        assert due("K1", oldest) >= today
        assert due("K1", oldest - dt.timedelta(days=1)) < today
    assert oldest_letter_in_time(LAW_BEGAN) == LAW_BEGAN
