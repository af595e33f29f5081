from __future__ import annotations

import pytest
from flask import Flask, abort
from werkzeug.exceptions import TooManyRequests

from saas.web.errors import EXPLANATIONS
from saas.web.frame import PageFrame
from tests.page_client import PageClient
from tests.saas.web.gallery import gallery_app


def client_of(app: Flask) -> PageClient:
    app.test_client_class = PageClient
    client = app.test_client()
    assert isinstance(client, PageClient)
    return client


def heading(client: PageClient) -> str:
    assert client.page is not None
    return client.page.all("h1")[0].text


@pytest.mark.parametrize("code", EXPLANATIONS)
def test_each_error_has_a_page_in_the_frame(code: int) -> None:
    app = gallery_app()
    app.add_url_rule("/fails", "fails", lambda: abort(code))
    client = client_of(app)
    answer = client.get("/fails")
    assert answer.status_code == code
    assert heading(client) == EXPLANATIONS[code].title
    assert "Trafford" in answer.text


def test_an_error_without_words_of_its_own_still_has_a_page() -> None:
    app = gallery_app()
    app.add_url_rule("/fails", "fails", lambda: abort(410))
    client = client_of(app)
    assert client.get("/fails").status_code == 410
    assert heading(client) == "That did not work"


def test_an_unknown_address_is_a_page_not_found() -> None:
    client = client_of(gallery_app())
    assert client.get("/nowhere").status_code == 404
    assert heading(client) == "Page not found"


def test_a_405_still_says_what_is_allowed() -> None:
    answer = client_of(gallery_app()).get("/upload")
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


def test_a_429_still_says_when_to_come_back() -> None:
    app = gallery_app()

    def too_many() -> str:
        raise TooManyRequests(retry_after=30)

    app.add_url_rule("/fails", "fails", too_many)
    assert client_of(app).get("/fails").headers["Retry-After"] == "30"


def test_what_is_too_large_is_refused_with_words() -> None:
    client = client_of(gallery_app())
    answer = client.post("/upload", data={"note": "x" * 200_000})
    assert answer.status_code == 413
    assert "Nothing was saved" in answer.text


def test_a_form_without_its_token_is_out_of_date() -> None:
    client = client_of(gallery_app())
    answer = client.post("/contact", data={"reference": "TRA-2026-0042"})
    assert answer.status_code == 400
    assert heading(client) == "This form is out of date"


def test_a_fault_tells_when_and_not_what() -> None:
    client = client_of(gallery_app())
    answer = client.get("/boom")
    assert answer.status_code == 500
    assert heading(client) == "Something went wrong on our side"
    assert "It happened at" in answer.text
    assert "RuntimeError" not in answer.text
    assert "must not tell" not in answer.text


def broken_frame() -> PageFrame:
    raise RuntimeError("no database")


@pytest.mark.parametrize(("address", "code"), [("/boom", 500), ("/", 500), ("/nowhere", 404)])
def test_the_page_of_an_error_survives_a_frame_that_cannot_be_built(
    address: str, code: int
) -> None:
    client = client_of(gallery_app(broken_frame))
    answer = client.get(address)
    assert answer.status_code == code
    assert 'class="app-header"' in answer.text
    assert "Trafford" not in answer.text


def test_the_page_of_an_error_survives_a_failing_context_processor() -> None:
    app = gallery_app()

    @app.context_processor
    def failing() -> dict[str, str]:
        raise RuntimeError("no session")

    answer = client_of(app).get("/boom")
    assert answer.status_code == 500
    assert 'class="app-header"' in answer.text


def test_words_are_left_when_even_the_template_fails() -> None:
    app = gallery_app()
    del app.jinja_env.globals["static_url"]
    answer = app.test_client().get("/nowhere")
    assert answer.status_code == 404
    assert "<h1>Page not found</h1>" in answer.text


def test_an_address_with_a_slash_too_few_is_still_redirected() -> None:
    app = gallery_app()
    app.add_url_rule("/folder/", "folder", lambda: "inside")
    assert app.test_client().get("/folder").status_code == 308


def test_a_host_that_is_not_ours_gets_words_and_fills_no_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = gallery_app()
    app.config["TRUSTED_HOSTS"] = ["mediation.example"]
    answer = app.test_client().get("/", base_url="http://elsewhere.example")
    assert answer.status_code == 400
    assert "<h1>We could not read that request</h1>" in answer.text
    assert "elsewhere.example" not in answer.text
    assert [record for record in caplog.records if record.exc_info] == []
