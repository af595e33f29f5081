from __future__ import annotations

import gzip
import zipfile
from collections.abc import Sequence
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.orm import Session

from saas.reference.loads import Change
from saas.reference.postcode_files import PostcodeFileError
from saas.reference.postcode_load import load_postcodes
from saas.reference.postcodes import look_up
from saas.reference.progress import silent

TRAFFORD, STEVENAGE, CUMBERLAND = "E08000009", "E07000243", "E06000063"

NEWEST = "pcd7,pcd8,pcds,doterm,cty25cd,lad25cd,east1m,north1m,ctry25cd,rgn25cd"
OLDER = "pcd,pcd2,pcds,dointr,doterm,usertype,oseast1m,osnrth1m,cty,ced,laua,ward,ctry,rgn"
OLDEST = "pcd,pcd2,pcds,dointr,doterm,oscty,oslaua,osward,ctry"

OLD_LIST = [
    ("LL145AA", "E06000051", False),
    ("CA11AA", CUMBERLAND, False),
    ("M332AA", TRAFFORD, False),
    ("M332AB", TRAFFORD, True),
    ("SG11AA", STEVENAGE, False),
]


def edition(header: str, rows: Sequence[tuple[str, str, str]], district: str = "lad25cd") -> str:
    """A list in the columns of an edition; rows are postcode, district, end of use."""
    columns = header.split(",")
    lines = [header]
    for postcode, code, ended in rows:
        known = {"pcds": postcode, "doterm": ended, district: code, "cty": "E10000015"}
        lines.append(",".join(f'"{known.get(column, "")}"' for column in columns))
    return "\r\n".join(lines) + "\r\n"


FULL = [
    ("M33 2AA", TRAFFORD, ""),
    ("M33 2AB", TRAFFORD, "202001"),
    ("M33 2AD", TRAFFORD, ""),
    ("SG1 1AA", STEVENAGE, "202409"),
    ("AB10 1AB", "S12000033", ""),
    ("CF10 1AA", "W06000015", ""),
    ("BT1 1AA", "N09000003", ""),
    ("JE2 3AA", "L99999999", ""),
    ("M33 9XX", "", "199606"),
]


def held(connection: psycopg.Connection) -> list[tuple[str, str, bool]]:
    return connection.execute("SELECT * FROM postcode ORDER BY postcode").fetchall()


def load(connection: psycopg.Connection, path: Path, text: str) -> Change:
    path.write_text(text, encoding="utf-8")
    return load_postcodes(connection, path, silent)


@pytest.mark.parametrize(
    ("header", "district"), [(NEWEST, "lad25cd"), (OLDER, "laua"), (OLDEST, "oslaua")]
)
def test_an_edition_is_read_by_its_column_names(
    loaded: psycopg.Connection, tmp_path: Path, header: str, district: str
) -> None:
    change = load(loaded, tmp_path / "list.csv", edition(header, FULL, district))
    assert held(loaded) == [
        ("M332AA", TRAFFORD, False),
        ("M332AB", TRAFFORD, True),
        ("M332AD", TRAFFORD, False),
        ("SG11AA", STEVENAGE, True),
    ]
    assert change.summary == "4: 1 added, 1 changed, 2 removed"
    assert change.notes == ("4 outside England left out", "1 without a district left out")


def test_the_columns_may_stand_in_any_order_and_case(
    loaded: psycopg.Connection, tmp_path: Path
) -> None:
    load(loaded, tmp_path / "list.csv", "DOTERM,Lad31cd,x,PCDS\n,E08000009,,M33 2AD\n")
    assert ("M332AD", TRAFFORD, False) in held(loaded)


def test_a_byte_order_mark_a_zip_and_a_gzip_make_no_difference(
    loaded: psycopg.Connection, tmp_path: Path
) -> None:
    text = edition(NEWEST, FULL)
    load(loaded, tmp_path / "plain.csv", text)
    expected = held(loaded)

    marked = tmp_path / "marked.csv"
    marked.write_bytes(text.encode("utf-8-sig"))
    # The name does not say what it is; the first bytes do.
    zipped = tmp_path / "packed.bin"
    zipped.write_bytes(gzip.compress(text.encode()))
    release = tmp_path / "ONSPD_NOV_2025.zip"
    with zipfile.ZipFile(release, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Documents/LA_UA names and codes.csv", "LAD25CD,LAD25NM\nE1,x\n" * 500)
        archive.writestr("Data/multi_csv/ONSPD_NOV_2025_UK_M.csv", edition(NEWEST, FULL[:1]))
        archive.writestr("Data/ONSPD_NOV_2025_UK.csv", text)
        archive.writestr("__MACOSX/Data/._ONSPD_NOV_2025_UK.csv", b"\x00\x05\x16\x07")
    for file in (marked, zipped, release):
        loaded.execute("DELETE FROM postcode WHERE postcode = 'M332AD'")
        load_postcodes(loaded, file, silent)
        assert held(loaded) == expected
    editions = loaded.execute(
        "SELECT edition FROM reference_load WHERE source = 'postcodes' ORDER BY loaded_at"
    ).fetchall()
    assert editions[-1] == ("ONSPD_NOV_2025_UK.csv",)


GOOD = edition(NEWEST, FULL).encode()


def zip_of(path: Path, name: str, content: bytes) -> bytes:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, content)
    return path.read_bytes()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is empty"),
        (NEWEST.encode() + b"\n", "no postcodes"),
        (b"pcds,doterm,county\nM33 2AA,,x\n", r"no column for the district .*pcds, doterm, county"),
        (b"postcode,doterm,lad25cd\nM33 2AA,,E08000009\n", r"the postcode \(pcds\)"),
        (b"pcds,lad25cd\nM33 2AA,E08000009\n", r"the end of use \(doterm\)"),
        (b"<!doctype html><title>Not found</title>", "is not understood"),
        (GOOD.replace(b"pcds", b"pcds;"), "is not understood"),
        (b"\xff\xfe" + GOOD.decode().encode("utf-16-le"), "not a text file in UTF-8"),
        (GOOD + b"\x80\x81\n", "not a text file in UTF-8"),
        (gzip.compress(GOOD)[:-30], "damaged"),
        (b"PK\x03\x04 and then nothing", "damaged"),
        (b"pcds,doterm,lad25cd\nAB10 1AB,,S12000033\n", "no postcode in England"),
        (
            b"pcds,doterm,lad25cd\nM33 2AA,,E08000009\nhello,,E08000009\n,,\n",
            "row 3: 'hello,,E0800",
        ),
        (b"pcds,doterm,lad25cd\nM33 2AA,soon,E08000009\n", "are not of a postcode"),
        (b"pcds,doterm,lad25cd\nM33 2AA,202013,E08000009\n", "are not of a postcode"),
        (b"pcds,doterm,lad25cd\nM33 2AA\n", "are not of a postcode"),
        (b"pcds,doterm,lad25cd\nM33 2AD,,E07999999\n", r"not known, for 1 postcodes: E07999999"),
        (b"pcds,doterm,lad25cd\nM33 2AD,,E06\\t\\N\n", "districts that are not known"),
    ],
)
def test_a_file_that_is_not_understood_is_refused_and_changes_nothing(
    loaded: psycopg.Connection, tmp_path: Path, content: bytes, why: str
) -> None:
    file = tmp_path / "list.csv"
    file.write_bytes(content)
    with pytest.raises(PostcodeFileError, match=why):
        load_postcodes(loaded, file, silent)
    assert sorted(held(loaded)) == sorted(OLD_LIST)


def test_a_zip_without_a_list_is_refused(loaded: psycopg.Connection, tmp_path: Path) -> None:
    file = tmp_path / "release.zip"
    zip_of(file, "readme.txt", b"hello")
    with pytest.raises(PostcodeFileError, match="no CSV file"):
        load_postcodes(loaded, file, silent)
    zip_of(file, "names.csv", b"LAD25CD,LAD25NM\n")
    with pytest.raises(PostcodeFileError, match=r"names.csv is not understood.*lad25cd, lad25nm"):
        load_postcodes(loaded, file, silent)
    assert sorted(held(loaded)) == sorted(OLD_LIST)


def test_a_file_that_breaks_off_late_changes_nothing(
    loaded: psycopg.Connection, tmp_path: Path
) -> None:
    units = "ABDEFGHJLNPQRSTUWXYZ"
    rows = [
        (f"M{area} {sector}{a}{b}", TRAFFORD, "")
        for area in range(10, 20)
        for sector in range(10)
        for a in units
        for b in units
    ]
    file = tmp_path / "list.csv.gz"
    file.write_bytes(gzip.compress(edition(NEWEST, rows).encode())[:-2_000])
    with pytest.raises(PostcodeFileError, match="damaged"):
        load_postcodes(loaded, file, silent)
    assert sorted(held(loaded)) == sorted(OLD_LIST)


def test_readers_see_the_old_list_until_the_new_one_is_whole(
    loaded: psycopg.Connection, tmp_path: Path
) -> None:
    seen: list[int] = []
    file = tmp_path / "list.csv"
    file.write_text(edition(NEWEST, FULL))
    with psycopg.connect(loaded.info.dsn, password=loaded.info.password) as reader:
        reader.autocommit = True

        def look(what: str, done: int, total: int) -> None:
            counted = reader.execute("SELECT count(*) FROM postcode WHERE postcode = 'CA11AA'")
            seen.append(counted.fetchall()[0][0])

        load_postcodes(loaded, file, look)
        after = reader.execute("SELECT count(*) FROM postcode WHERE postcode = 'CA11AA'")
        assert after.fetchall() == [(0,)]
    assert seen
    # The last report comes before the commit, too.
    assert set(seen) == {1}


def test_an_extract_adds_and_updates_and_removes_nothing_and_says_so(
    loaded: psycopg.Connection, tmp_path: Path
) -> None:
    rows = [("M33 2AA", TRAFFORD, "202510"), ("M33 2AD", TRAFFORD, "")]
    change = load(loaded, tmp_path / "extract.csv", edition(NEWEST, rows))
    assert change.summary == "6: 1 added, 1 changed"
    assert "taken for an extract" in change.notes[0]
    assert ("M332AA", TRAFFORD, True) in held(loaded)
    assert ("CA11AA", CUMBERLAND, False) in held(loaded)


def test_the_same_edition_again_changes_nothing(loaded: psycopg.Connection, tmp_path: Path) -> None:
    load(loaded, tmp_path / "list.csv", edition(NEWEST, FULL))
    again = load(loaded, tmp_path / "list.csv", edition(NEWEST, FULL))
    assert (again.summary, again.changed) == ("4 unchanged", False)


def test_a_retired_district_leads_to_the_authority_of_today(
    loaded: psycopg.Connection, session: Session, tmp_path: Path
) -> None:
    # Allerdale and Taunton Deane, as editions before 2023 and 2019 have them.
    rows = [("CA14 1AA", "E07000026", ""), ("TA1 1AA", "E07000190", ""), *FULL]
    load(loaded, tmp_path / "list.csv", edition(OLDER, rows, "laua"))
    assert look_up(session, "CA14 1AA").authority == "cumberland"
    assert look_up(session, "TA1 1AA").authority == "somerset"


def test_a_row_of_an_unknown_district_keeps_the_one_on_record_or_is_left_out(
    loaded: psycopg.Connection, tmp_path: Path
) -> None:
    sector = [(f"M33 3{a}{b}", TRAFFORD, "") for a in "ABDEFGHJLN" for b in "ABDEFGHJLNPQRS"]
    rows = [*sector, ("CA1 1AA", "E06000999", "202501"), ("M33 2AD", "E06000999", "")]
    change = load(loaded, tmp_path / "list.csv", edition(NEWEST, rows))
    assert "districts not known: E06000999 (2); 1 postcodes kept the district on record" in str(
        change
    )
    assert ("CA11AA", CUMBERLAND, True) in held(loaded)
    assert "M332AD" not in [postcode for postcode, _, _ in held(loaded)]


def test_an_odd_row_is_left_out_and_shown(loaded: psycopg.Connection, tmp_path: Path) -> None:
    rows = [*FULL, ("M33 2", TRAFFORD, ""), ("M33 2AE", TRAFFORD, "never")]
    change = load(loaded, tmp_path / "list.csv", edition(NEWEST, rows))
    assert change.notes[-1].startswith("2 malformed left out (row 11: ")
    assert change.summary.startswith("4: ")


def test_a_postcode_that_is_there_twice_is_taken_once_the_live_row_first(
    loaded: psycopg.Connection, tmp_path: Path
) -> None:
    rows = [("M33 2AA", STEVENAGE, "200001"), *FULL, ("m332ad", TRAFFORD, "")]
    change = load(loaded, tmp_path / "list.csv", edition(NEWEST, rows))
    assert "2 repeated postcodes taken once" in change.notes
    assert ("M332AA", TRAFFORD, False) in held(loaded)


def test_a_long_file_without_a_single_end_of_use_keeps_the_marks_on_record(
    loaded: psycopg.Connection, tmp_path: Path
) -> None:
    units = "ABDEFGHJLN"
    live = [
        (f"M3{n} {s}{a}{b}", TRAFFORD, "")
        for n in (4, 5)
        for s in range(6)
        for a in units
        for b in units
    ]
    rows = [*live, ("M33 2AB", TRAFFORD, "")]
    change = load(loaded, tmp_path / "list.csv", edition(NEWEST, rows))
    assert ("M332AB", TRAFFORD, True) in held(loaded)
    assert "the marks on record were kept" in str(change)
    # A short list that says a postcode is in use again is believed.
    load(loaded, tmp_path / "list.csv", edition(NEWEST, [("M33 2AB", TRAFFORD, "")]))
    assert ("M332AB", TRAFFORD, False) in held(loaded)


def test_postcodes_are_refused_before_the_districts_are_there(
    owner_connection: psycopg.Connection, tmp_path: Path
) -> None:
    with pytest.raises(PostcodeFileError, match="reference load"):
        load(owner_connection, tmp_path / "list.csv", edition(NEWEST, FULL))


def test_progress_goes_forward_to_the_end(loaded: psycopg.Connection, tmp_path: Path) -> None:
    reports: list[tuple[str, int, int]] = []
    file = tmp_path / "list.csv"
    file.write_text(edition(NEWEST, FULL))
    load_postcodes(loaded, file, lambda *report: reports.append(report))
    assert all(0 <= done <= total for _, done, total in reports)
    assert reports[-1][1] == reports[-1][2]
