from __future__ import annotations

import psycopg
import pytest
from sqlalchemy.orm import Session

from saas.reference.postcodes import look_up


@pytest.mark.parametrize(
    ("typed", "postcode", "status", "authority"),
    [
        ("m33 2aa", "M33 2AA", "live", "trafford"),
        ("m332ab", "M33 2AB", "terminated", "trafford"),
        ("SG1 1AA", "SG1 1AA", "live", "hertfordshire"),
        ("ca11aa", "CA1 1AA", "live", "cumberland"),
        ("M33 9ZZ", "M33 9ZZ", "unknown", None),
        ("eh1 1aa", "EH1 1AA", "not_england", None),
        ("QQ1  1AA", "QQ1 1AA", "malformed", None),
        ("M33", "M33", "malformed", None),
    ],
)
def test_a_postcode_is_answered_with_its_status_and_authority(
    loaded: psycopg.Connection,
    session: Session,
    typed: str,
    postcode: str,
    status: str,
    authority: str | None,
) -> None:
    answer = look_up(session, typed)
    assert (answer.postcode, answer.status, answer.authority) == (postcode, status, authority)
    assert bool(answer.dfe_number) == bool(authority)
    assert answer.why.endswith(".")


def test_an_english_village_with_a_welsh_area_is_in_england(
    loaded: psycopg.Connection, session: Session
) -> None:
    assert look_up(session, "LL14 5AA").authority == "shropshire"
    assert look_up(session, "LL14 5AB").status == "not_england"


def test_a_county_runs_education_where_a_district_has_the_postcode(
    loaded: psycopg.Connection, session: Session
) -> None:
    answer = look_up(session, "SG1 1AA")
    assert (answer.authority_name, answer.dfe_number) == ("Hertfordshire", "919")


def test_a_long_malformed_text_is_not_given_back_whole(
    loaded: psycopg.Connection, session: Session
) -> None:
    assert len(look_up(session, "x" * 10_000).postcode) <= 20


def test_a_lookup_goes_by_the_primary_key(loaded: psycopg.Connection) -> None:
    loaded.execute("SET enable_seqscan = off")
    plan = loaded.execute("EXPLAIN SELECT * FROM postcode WHERE postcode = 'M332AA'").fetchall()
    assert any("pk_postcode" in line for (line,) in plan)
