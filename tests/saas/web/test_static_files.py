from __future__ import annotations

import re

import pytest

from saas.web.static_files import STATIC_FOLDER, content_hash, static_url
from tests.saas.web.gallery import gallery_app


def test_the_address_with_the_right_hash_may_be_kept_for_a_year() -> None:
    app = gallery_app()
    with app.test_request_context():
        address = static_url("app.css")
    with app.test_client().get(address) as answer:
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("query", ["", "?v=", "?v=0000000000000000"])
def test_any_other_address_of_the_file_is_kept_briefly(query: str) -> None:
    with gallery_app().test_client().get(f"/static/app.css{query}") as answer:
        assert answer.headers["Cache-Control"] == "public, max-age=300"


def test_an_unchanged_file_is_not_sent_again() -> None:
    client = gallery_app().test_client()
    with client.get("/static/app.css") as answer:
        tag = answer.headers["ETag"]
    with client.get("/static/app.css", headers={"If-None-Match": tag}) as answer:
        assert answer.status_code == 304


def test_a_page_that_names_a_missing_file_is_an_error() -> None:
    with pytest.raises(FileNotFoundError):
        content_hash("missing.css")


def test_a_static_address_leads_nowhere_else() -> None:
    assert gallery_app().test_client().get("/static/../frame.py").status_code == 404


def test_the_script_imports_the_library_by_its_hash() -> None:
    script = (STATIC_FOLDER / "app.js").read_text(encoding="utf-8")
    [imported] = re.findall(r'from "\./govuk-frontend\.min\.js\?v=(\w+)"', script)
    assert imported == content_hash("govuk-frontend.min.js")


@pytest.mark.parametrize("forbidden", ["GDS Transport", "@font-face", "crest", "crown", "url("])
def test_the_style_sheet_holds_nothing_of_gov_uk_itself(forbidden: str) -> None:
    assert forbidden not in (STATIC_FOLDER / "app.css").read_text(encoding="utf-8")


def test_the_library_ships_with_its_licence() -> None:
    assert "The MIT License" in (STATIC_FOLDER / "NOTICE.txt").read_text(encoding="utf-8")
