"""The families' pages in other languages: whole or not at all, marked, and set the right way."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from flask import Flask

from saas.config import ROOT
from saas.web import languages
from saas.web.languages import LANGUAGES, catalogue, untranslated
from tenants.access_links.spoken import SPOKEN, TRANSLATED_PAGES
from tenants.casework.family_view import ICB
from tenants.casework.kinds import PART_WORDS, SERVICE_WORDS, SIDE_WORDS
from tenants.papers.kinds import KIND_WORDS, UPLOADING_SIDES
from tests.bracketed import bracket, left_out
from tests.page_client import PageClient
from tests.tenants.agreements.makers import agreed_case

pytestmark = pytest.mark.usefixtures("standing_clock")

OTHERS = [code for code in LANGUAGES if code != "en"]
PLACES = re.compile(r"%\(\w+\)[sd]|\{\w+\}")


def test_the_catalogues_hold_what_the_pages_say_and_nothing_else() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "catalogues"), "--check"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("code", OTHERS)
def test_a_catalogue_is_whole_and_keeps_every_place(code: str) -> None:
    messages = catalogue(code)
    assert untranslated(messages) == []
    for message in messages:
        if message.id:
            wanted, found = (sorted(PLACES.findall(str(t))) for t in (message.id, message.string))
            assert wanted == found, f"{code}: {message.id}"


def test_what_stands_elsewhere_is_what_it_is_there() -> None:
    words: set[str] = {ICB}
    for table in (SERVICE_WORDS, SIDE_WORDS, PART_WORDS, KIND_WORDS, UPLOADING_SIDES):
        words |= set(table.values())
    assert words <= set(SPOKEN)


@pytest.fixture(name="page")
def familys_page(app: Flask) -> tuple[PageClient, str]:
    agreed = agreed_case(app)
    return agreed.family, agreed.family_page


@pytest.mark.parametrize("code", OTHERS)
def test_a_page_is_in_one_language_marked_and_set_its_way(
    page: tuple[PageClient, str], code: str
) -> None:
    family, address = page
    shown = family.get(f"{address}?lang={code}")
    (html,) = family.page.all("html")
    assert html.get("lang") == code
    assert html.get("dir") == ("rtl" if LANGUAGES[code].direction == "rtl" else "")
    said = catalogue(code).get("What happens next")
    assert said is not None and str(said.string) in shown.text
    note = catalogue(code).get(
        "These words were translated by a machine and wait to be reviewed by a person. If"
        " something is unclear, read the English page or call us."
    )
    assert note is not None and str(note.string) in shown.text
    # It is kept for the next page, and gone when English is chosen.
    family.get(f"{address}complaint")
    assert family.page.all("html")[0].get("lang") == code
    assert "What happens next" in family.get(f"{address}?lang=en").text


def test_a_page_that_is_not_translated_stays_english(page: tuple[PageClient, str]) -> None:
    family, address = page
    family.get(f"{address}?lang=ar")
    family.get("/privacy")
    html = family.page.all("html")[0]
    assert (html.get("lang"), html.get("dir")) == ("en", "")
    assert "العربية" not in family.page.text


def test_a_language_that_lacks_one_message_is_not_offered(
    page: tuple[PageClient, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    family, address = page
    assert "Polski" in family.get(address).text
    monkeypatch.setattr(languages, "_is_complete", lambda code: code != "pl")
    shown = family.get(f"{address}?lang=pl").text
    assert "Polski" not in shown
    assert "What happens next" in shown


@pytest.mark.parametrize("code", ["xx", "en-GB", "../pl", "PL", ""])
def test_a_language_that_is_none_changes_nothing(page: tuple[PageClient, str], code: str) -> None:
    family, address = page
    assert family.get(f"{address}?lang={code}").status_code == 200
    assert family.page.all("html")[0].get("lang") == "en"


@pytest.fixture
def bracketed(monkeypatch: pytest.MonkeyPatch) -> None:
    bracket(monkeypatch)


@pytest.mark.usefixtures("bracketed")
@pytest.mark.parametrize(
    "path", ["", "complaint", "told-how", "documents/new", "agreement", "who-comes", "feedback"]
)
def test_every_word_of_a_page_comes_from_the_catalogue(app: Flask, path: str) -> None:
    agreed = agreed_case(app)
    family = agreed.family
    family.get(f"{agreed.family_page}{path}?lang=pl")
    assert left_out(family.page, agreed.tenant.name, agreed.reference, "Jo Example") == []


def test_every_translated_page_is_a_page(app: Flask) -> None:
    assert set(app.view_functions) >= TRANSLATED_PAGES
    assert app.extensions["translated_pages"] >= TRANSLATED_PAGES
