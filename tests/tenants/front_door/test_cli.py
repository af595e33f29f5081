from __future__ import annotations

import datetime as dt
import json
import uuid
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner

from saas.database.scope import Scope, scoped
from tenants.subscribers.models import Subscriber

POSTCODES = """\
pcds,lad25cd,doterm
M33 2AA,E08000009,
M33 2AB,E08000009,202001
SG1 1AA,E07000243,
"""


@pytest.fixture
def runner(fresh_app: Flask, tmp_path: Path) -> FlaskCliRunner:
    """The command line of a service with three postcodes, to which Trafford subscribes."""
    subscribe("trafford", "TRA", "358", dt.date(2020, 1, 1), None)
    runner = fresh_app.test_cli_runner()
    file = tmp_path / "list.csv"
    file.write_text(POSTCODES)
    done = runner.invoke(args=["reference", "load-postcodes", str(file)])
    assert (done.exit_code, done.output) == (0, "postcodes: 3 loaded\n")
    return runner


def subscribe(
    slug: str, prefix: str, dfe_number: str, since: dt.date, until: dt.date | None
) -> None:
    tenant = uuid.uuid4()
    with scoped(Scope.provider(tenant, None)) as session:
        session.add(
            Subscriber(
                id=tenant,
                slug=slug,
                reference_prefix=prefix,
                name=slug.title(),
                dfe_number=dfe_number,
                subscribed_from=since,
                subscribed_to=until,
            )
        )


def ask(runner: FlaskCliRunner, text: str) -> object:
    done = runner.invoke(args=["reference", "postcode", text, "--format", "json"])
    assert done.exit_code == 0, done.output
    return json.loads(done.output)


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("m33 2aa", ("M33 2AA", "live", "trafford", "358", True)),
        ("M332AB", ("M33 2AB", "terminated", "trafford", "358", True)),
        ("sg11aa", ("SG1 1AA", "live", "hertfordshire", "919", False)),
        ("M33 9ZZ", ("M33 9ZZ", "unknown", None, None, False)),
        ("EH1 1AA", ("EH1 1AA", "not_england", None, None, False)),
        ("QQ1 1AA", ("QQ1 1AA", "malformed", None, None, False)),
    ],
)
def test_a_postcode_is_answered_in_json(
    runner: FlaskCliRunner, typed: str, answer: tuple[object, ...]
) -> None:
    keys = ("postcode", "status", "authority", "dfe_number", "served")
    assert ask(runner, typed) == dict(zip(keys, answer, strict=True))


def test_an_authority_whose_subscription_has_ended_is_not_served(runner: FlaskCliRunner) -> None:
    subscribe("hertfordshire", "HER", "919", dt.date(2020, 1, 1), dt.date(2021, 1, 1))
    assert ask(runner, "SG1 1AA") == {
        "postcode": "SG1 1AA",
        "status": "live",
        "authority": "hertfordshire",
        "dfe_number": "919",
        "served": False,
    }


def test_people_get_a_sentence(runner: FlaskCliRunner) -> None:
    live = runner.invoke(args=["reference", "postcode", "m332aa"]).output
    assert live == (
        "M33 2AA: This postcode is in Trafford.\n"
        "Trafford (DfE number 358) subscribes to the service.\n"
    )
    half = runner.invoke(args=["reference", "postcode", "M33"]).output
    assert half == ("M33: That is only the first half. Enter the full postcode, like M33 2AA.\n")


def test_a_refused_file_ends_in_an_error_and_leaves_the_postcodes(
    runner: FlaskCliRunner, tmp_path: Path
) -> None:
    file = tmp_path / "wrong.csv"
    file.write_text("name,county\nTrafford,Greater Manchester\n")
    done = runner.invoke(args=["reference", "load-postcodes", str(file)])
    assert done.exit_code == 1
    assert "wrong.csv is not understood" in done.output
    assert "Its first row has: name, county." in done.output
    assert done.output.endswith("The postcodes are as they were.\n")
    assert ask(runner, "m33 2aa")["status"] == "live"  # type: ignore[index]
