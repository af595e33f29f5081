"""The rules as data: versions by date, and files that are refused."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tenants.law.clocks import FACT_NAMES, ClockFacts, read_clocks
from tenants.law.register import CLOCKS_FILE, LawError, load_clock_law

ENTRY = """
[[clock]]
id = "K1"
name = "Contact the mediation adviser"
source = "The regulation"
seen = "text"
effective_from = {starts}
{more}
count = [{{ fact = "notice_sent", when = "the notice went", length = {length}, unit = "months" }}]
"""


def law_file(folder: Path, text: str) -> Path:
    path = folder / "clocks.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_case_is_counted_by_the_law_of_the_day_its_clock_started(tmp_path: Path) -> None:
    old = ENTRY.format(starts="2014-09-01", more="effective_to = 2027-08-31", length=2)
    new = ENTRY.format(starts="2027-09-01", more="", length=3)
    law = load_clock_law(law_file(tmp_path, new + old))
    (before,) = read_clocks(ClockFacts(notice_sent=date(2027, 8, 31)), law=law)
    (after,) = read_clocks(ClockFacts(notice_sent=date(2027, 9, 1)), law=law)
    assert before.due == date(2027, 10, 31)
    assert after.due == date(2027, 12, 1)


def test_a_clock_that_was_repealed_no_longer_runs(tmp_path: Path) -> None:
    old = ENTRY.format(starts="2014-09-01", more="effective_to = 2027-08-31", length=2)
    law = load_clock_law(law_file(tmp_path, old))
    assert read_clocks(ClockFacts(notice_sent=date(2027, 9, 1)), law=law) == []


def test_two_versions_in_force_on_one_day_are_refused(tmp_path: Path) -> None:
    old = ENTRY.format(starts="2014-09-01", more="effective_to = 2027-09-01", length=2)
    new = ENTRY.format(starts="2027-09-01", more="", length=3)
    with pytest.raises(LawError, match="still in force on 2027-09-01"):
        load_clock_law(law_file(tmp_path, old + new))


@pytest.mark.parametrize(
    ("written", "instead", "refusal"),
    [
        ('"months"', '"moons"', "'moons' is not one of"),
        ("length = 2", "length = -2", "whole number"),
        ('source = "The regulation"', "", "source is missing"),
        ("2014-09-01", '"2014-09-01"', "are dates"),
        ('id = "K1"', 'id = "1"', "not a clock"),
        ('seen = "text"', 'seen = "heard"', "'heard' is not one of"),
        ('fact = "notice_sent", ', "", "has a fact"),
        ('seen = "text"', 'seen = "text"\nroll = "monday"', "'monday' is not one of"),
        ('seen = "text"', 'seen = "text"\nchoose = "later"', "does not fit"),
        ('seen = "text"', 'seen = "text"\neffective_to = 2010-01-01', "before effective_from"),
    ],
)
def test_an_entry_that_cannot_be_counted_is_refused(
    tmp_path: Path, written: str, instead: str, refusal: str
) -> None:
    entry = ENTRY.format(starts="2014-09-01", more="", length=2)
    assert written in entry
    with pytest.raises(LawError, match=refusal):
        load_clock_law(law_file(tmp_path, entry.replace(written, instead)))


def test_the_shipped_law_has_all_twelve_clocks_each_from_a_fact_that_can_be_given() -> None:
    law = load_clock_law(CLOCKS_FILE)
    assert list(dict.fromkeys(clock for clock, _, _ in law.versions)) == [
        f"K{n}" for n in range(1, 13)
    ]
    used = {
        fact
        for versions in law.versions.values()
        for rule in versions
        for fact in (*(count.fact for count in rule.counts), *rule.also_needs)
    }
    assert used == set(FACT_NAMES)
