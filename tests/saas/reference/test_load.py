from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from sqlalchemy.orm import Session

from saas.reference import shipped
from saas.reference.load import load_reference
from saas.reference.postcode_grammar import normalise
from saas.reference.postcode_load import current_districts, load_postcodes
from saas.reference.postcodes import look_up
from saas.reference.progress import silent


def one(connection: psycopg.Connection, query: str) -> object:
    row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]


def replace_in(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert text.count(old) == 1, f"{old!r} is there {text.count(old)} times"
    file.write_text(text.replace(old, new))


def remove_line(file: Path, start: str) -> None:
    lines = file.read_text().splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith(start)]
    assert len(kept) == len(lines) - 1
    file.write_text("".join(kept))


def test_the_first_load_brings_everything_and_says_so(
    owner_connection: psycopg.Connection, folder: Path
) -> None:
    changes = load_reference(owner_connection, silent, folder)
    assert [str(change) for change in changes] == [
        "former codes: 63 loaded",
        "authorities: 153 loaded",
        "districts: 296 loaded",
        "DfE mediation and appeal figures: 6,344 loaded",
        "DfE appeal rates: 306 loaded",
        "postcodes: 5 loaded",
    ]
    assert all(change.changed for change in changes)


def test_a_second_load_changes_nothing_and_says_so(
    loaded: psycopg.Connection, folder: Path
) -> None:
    changes = load_reference(loaded, silent, folder)
    assert not any(change.changed for change in changes)
    assert "authorities: 153 unchanged" in [str(change) for change in changes]
    assert one(loaded, "SELECT count(*) FROM reference_load") == 6


def test_an_emptied_table_is_filled_again_though_its_file_is_the_same(
    loaded: psycopg.Connection, folder: Path
) -> None:
    loaded.execute("DELETE FROM dfe_appeal_rate")
    loaded.execute("DELETE FROM postcode")
    told = [str(change) for change in load_reference(loaded, silent, folder)]
    assert "DfE appeal rates: 306 loaded" in told
    assert "postcodes: 5 loaded" in told


def test_a_renamed_authority_is_changed_in_place(loaded: psycopg.Connection, folder: Path) -> None:
    replace_in(folder / shipped.AUTHORITIES, "Trafford,Trafford,", "Trafford,Trafford Borough,")
    told = [str(change) for change in load_reference(loaded, silent, folder)]
    assert "authorities: 153: 1 changed" in told
    assert "districts: 296 unchanged" in told
    name = "SELECT display_name FROM education_authority WHERE dfe_number = '358'"
    assert one(loaded, name) == "Trafford Borough"


def test_an_authority_that_is_gone_is_closed_with_its_successor_and_never_deleted(
    loaded: psycopg.Connection, folder: Path
) -> None:
    file = folder / shipped.AUTHORITIES
    remove_line(file, "E08000009,")
    with (folder / shipped.FORMER_AUTHORITIES).open("a") as former:
        former.write("E08000009,Trafford,358,2009-01-01,2027-03-31,E08000003,1\n")
    changes = {change.source: change for change in load_reference(loaded, silent, folder)}
    assert changes["authorities"].notes == ("Trafford is no longer listed: closed",)
    closed = loaded.execute(
        "SELECT valid_to::text, successor_dfe_number FROM education_authority "
        "WHERE dfe_number = '358'"
    ).fetchone()
    assert closed == ("2027-03-31", "352")
    assert one(loaded, "SELECT count(*) FROM education_authority") == 153


def test_an_authority_that_is_listed_again_is_reopened(
    loaded: psycopg.Connection, folder: Path
) -> None:
    file = folder / shipped.AUTHORITIES
    whole = file.read_text()
    remove_line(file, "E08000009,")
    load_reference(loaded, silent, folder)
    file.write_text(whole)
    load_reference(loaded, silent, folder)
    assert one(loaded, "SELECT count(*) FROM education_authority WHERE valid_to IS NULL") == 153


def test_a_source_that_fails_leaves_its_old_rows_and_keeps_the_sources_before_it(
    loaded: psycopg.Connection, folder: Path
) -> None:
    replace_in(folder / shipped.AUTHORITIES, "Trafford,Trafford,", "Trafford,Trafford Borough,")
    figures = folder / shipped.SEN2_FIGURES
    figures.write_text(figures.read_text().replace("2024,National", "2024,Planetary"))
    with pytest.raises(KeyError):
        load_reference(loaded, silent, folder)
    assert one(loaded, "SELECT count(*) FROM dfe_sen2_figure") == 6344
    name = "SELECT display_name FROM education_authority WHERE dfe_number = '358'"
    assert one(loaded, name) == "Trafford Borough"


def test_a_mark_that_is_not_known_is_refused_not_guessed() -> None:
    assert shipped.number_or_mark("x") == (None, "x")
    assert shipped.number_or_mark("z") == (None, "z")
    assert shipped.number_or_mark("0") == (0, None)
    for text in ("", "c", "low", "1.5"):
        with pytest.raises(ValueError, match="invalid literal"):
            shipped.number_or_mark(text)


def test_an_authority_is_as_old_as_the_first_known_code_of_its_dfe_number(
    loaded: psycopg.Connection,
) -> None:
    barnsley = loaded.execute(
        "SELECT gss_code, gss_valid_from::text, valid_from::text FROM education_authority "
        "WHERE dfe_number = '370'"
    ).fetchone()
    assert barnsley == ("E08000038", "2025-05-01", "2009-01-01")


def test_six_retired_authorities_have_two_successors(loaded: psycopg.Connection) -> None:
    split = loaded.execute(
        "SELECT gss_code FROM former_gss_successor GROUP BY gss_code HAVING count(*) = 2"
    ).fetchall()
    assert len(split) == 6


def test_retired_district_codes_lead_to_todays_and_split_ones_to_none(
    loaded: psycopg.Connection,
) -> None:
    districts = current_districts(loaded)
    assert districts["E08000016"] == "E08000038"
    # Taunton Deane became Somerset West and Taunton, and that Somerset.
    assert districts["E07000190"] == "E06000066"
    assert districts["E07000026"] == "E06000063"
    assert "E10000006" not in districts
    assert set(districts.values()) == {
        code for (code,) in loaded.execute("SELECT lad_code FROM district")
    }


def test_every_district_belongs_to_an_authority_of_today(loaded: psycopg.Connection) -> None:
    assert one(loaded, "SELECT count(DISTINCT dfe_number) FROM district") == 153


def test_the_shipped_list_holds_every_english_postcode(
    owner_connection: psycopg.Connection, folder: Path, session: Session
) -> None:
    load_reference(owner_connection, silent, folder)
    # The five of the test are half as many as nothing, so the real list replaces them.
    change = load_postcodes(owner_connection, shipped.FOLDER / shipped.POSTCODES, silent)
    assert change.summary.startswith("2,264,892: ")
    assert one(owner_connection, "SELECT count(*) FROM postcode WHERE terminated") == 778_819
    assert one(owner_connection, "SELECT count(DISTINCT district_code) FROM postcode") == 296
    samples = owner_connection.execute(
        "SELECT min(postcode) FROM postcode GROUP BY left(postcode, -3)"
    ).fetchall()
    assert len(samples) > 2_000
    for (sample,) in samples:
        assert normalise(sample).key == sample
    assert look_up(session, "M33 2AA").authority == "trafford"
    assert look_up(session, "SW1A 1AA").authority == "westminster"
    assert look_up(session, "SG1 1AA").authority == "hertfordshire"
