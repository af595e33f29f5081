"""`flask --app saas.app clocks`, asked as from a shell; it needs no database."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from tenants.law.cli import clocks_command


def ask(*facts: str, form: str = "json", more: tuple[str, ...] = ()) -> Result:
    asked = [word for fact in facts for word in ("--fact", fact)]
    return CliRunner().invoke(clocks_command, [*asked, "--format", form, *more])


def test_the_facts_of_a_case_give_its_clocks_as_a_list() -> None:
    answer = ask("certificate_issued=2026-03-20", "notice_sent=2026-02-01")
    assert answer.exit_code == 0
    rows = json.loads(answer.stdout)
    assert [row["clock"] for row in rows] == ["K1", "K9"]
    assert all(list(row) == ["clock", "part", "starts", "due", "counted", "source"] for row in rows)
    counted, source = rows[1].pop("counted"), rows[1].pop("source")
    assert rows[1] == {"clock": "K9", "part": None, "starts": "2026-02-01", "due": "2026-04-20"}
    assert counted and source


def test_a_step_with_several_dates_gives_a_row_for_each_part() -> None:
    rows = json.loads(ask("agreement_made=2026-05-13", "step=assess", "step=reconsider").stdout)
    assert [(row["part"], row["due"]) for row in rows] == [
        ("tell", "2026-05-27"),
        ("no_plan", "2026-07-22"),
        ("final_plan", "2026-08-19"),
        (None, "2026-05-27"),
    ]


def test_the_table_shows_date_name_and_how_it_was_counted() -> None:
    answer = ask("declined_mediation=2026-04-01", form="text")
    assert answer.exit_code == 0
    for words in ("K2", "Wed 1 April 2026", "Wed 8 April 2026", "Good Friday", "2014/1530"):
        assert words in answer.stdout


def test_the_start_of_the_mediation_clock_can_be_chosen() -> None:
    facts = ("family_informed_authority=2026-03-02", "adviser_informed_authority=2026-03-05")
    assert json.loads(ask(*facts).stdout)[0]["due"] == "2026-04-01"
    chosen = ask(*facts, more=("--on-k5", "adviser"))
    assert json.loads(chosen.stdout)[0]["due"] == "2026-04-04"


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (["notice_sent=2026-02-30"], ["notice_sent=2026-02-30 is not a date", "YYYY-MM-DD"]),
        (["notice_sent=01/02/2026"], ["notice_sent=01/02/2026", "notice_sent=2026-02-01"]),
        (["notice_sent=20260201"], ["is not a date"]),
        (["notice_sent=2026-W05-7"], ["is not a date"]),
        (["notice_sent="], ["notice_sent= is not a date"]),
        (["notice_sent"], ["'notice_sent' has no value", "NAME=VALUE"]),
        (["notice_send=2026-02-01"], ["notice_send is not a fact", "notice_sent", "meeting_on"]),
        (["agreement_made=2026-05-13", "step=asess"], ["step=asess", "assess", "reconsider"]),
        (["step=assess"], ["step=assess", "agreement_made"]),
        (["notice_sent=2026-02-01", "notice_sent=2026-02-02"], ["notice_sent is given twice"]),
        (["notice_sent=2014-08-31"], ["notice_sent=2014-08-31", "1 September 2014"]),
        (["notice_sent=9999-12-31"], ["notice_sent=9999-12-31", "too far ahead"]),
        ([], ["No fact is given", "notice_sent", "certificate_issued"]),
        (["nope=1", "notice_sent=x"], ["nope is not a fact", "notice_sent=x is not a date"]),
    ],
)
def test_what_cannot_be_counted_is_refused_with_what_would_be_right(
    facts: list[str], said: list[str]
) -> None:
    answer = ask(*facts)
    assert answer.exit_code == 2
    assert answer.stdout == ""
    assert [words for words in said if words not in answer.stderr] == []


def test_the_same_fact_twice_with_one_date_is_no_contradiction() -> None:
    answer = ask("notice_sent=2026-02-01", "notice_sent=2026-02-01")
    assert [row["clock"] for row in json.loads(answer.stdout)] == ["K1", "K9"]


def test_the_flask_command_line_takes_the_command_as_it_is() -> None:
    app = Flask("clocks_only")
    app.cli.add_command(clocks_command)
    answer = app.test_cli_runner().invoke(
        args=["clocks", "--fact", "meeting_on=2026-06-15", "--format", "json"]
    )
    assert json.loads(answer.stdout)[0]["due"] == "2026-06-08"
