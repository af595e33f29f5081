from __future__ import annotations

import pytest
from flask import Flask
from jinja2 import UndefinedError

from saas.config import Settings
from saas.web.frame import Door, PageFrame, init_frame
from tests.page_client import PageClient
from tests.saas.web.gallery import gallery_app, officer_frame


def client_of(app: Flask) -> PageClient:
    app.test_client_class = PageClient
    client = app.test_client()
    assert isinstance(client, PageClient)
    return client


def element(client: PageClient, name: str, css_class: str) -> str:
    assert client.page is not None
    found = [one for one in client.page.all(name) if css_class in one.get("class").split()]
    assert len(found) == 1, f"{len(found)} elements {name}.{css_class}"
    return found[0].text


def test_the_band_names_the_place_and_the_door() -> None:
    client = client_of(gallery_app())
    client.get("/")
    assert element(client, "p", "app-band__text") == "Trafford \N{MIDDLE DOT} Authority"


def test_the_title_names_the_page_the_place_and_the_door() -> None:
    client = client_of(gallery_app())
    client.get("/")
    assert client.page is not None
    assert (
        client.page.all("title")[0].text
        == "Component gallery - Trafford - Authority - SEND mediation"
    )


@pytest.mark.parametrize("door", Door)
def test_every_door_has_its_own_class_and_name(door: Door) -> None:
    client = client_of(gallery_app(lambda: PageFrame(door=door, place="All boroughs")))
    client.get("/")
    assert element(client, "p", "app-band__text").endswith(door.plain_name)
    assert client.page is not None
    classes = client.page.all("body")[0].get("class").split()
    assert f"app-door--{door.value}" in classes
    assert ("app-staff" in classes) is door.for_staff


def test_the_current_noun_of_the_navigation_is_marked() -> None:
    client = client_of(gallery_app())
    client.get("/")
    assert client.page is not None
    links = [one for one in client.page.all("a") if "app-nav__link" in one.get("class")]
    assert [(one.text, one.get("aria-current")) for one in links[:2]] == [
        ("Cases", "page"),
        ("Agreed steps", ""),
    ]


def test_sign_out_is_a_post_with_its_token() -> None:
    client = client_of(gallery_app())
    client.get("/")
    assert client.page is not None
    form = next(one for one in client.page.all("form") if one.get("action") == "/sign-out")
    assert form.get("method") == "post"  # PageClient has seen its token


def test_nobody_signed_in_sees_no_account() -> None:
    client = client_of(gallery_app(PageFrame))
    page = client.get("/").text
    assert "Your account" not in page
    assert "Sign out" not in page


def test_the_demo_says_that_it_is_one() -> None:
    assert (
        "every person and case here is invented" in client_of(gallery_app(demo=True)).get("/").text
    )
    assert "every person and case here is invented" not in client_of(gallery_app()).get("/").text


def test_names_are_escaped_in_the_frame() -> None:
    frame = PageFrame(place="<script>alert(1)</script>", signed_in_name='"><img src=x>')
    client = client_of(gallery_app(lambda: frame))
    page = client.get("/").text
    assert "<script>alert" not in page
    assert "<img src=x>" not in page


def test_the_frame_is_built_once_for_a_page_of_many_fields() -> None:
    built = []

    def build() -> PageFrame:
        built.append(1)
        return officer_frame()

    client_of(gallery_app(build)).get("/")
    assert len(built) == 1


def test_a_name_that_is_not_there_is_an_error_in_our_own_templates() -> None:
    app = gallery_app()
    app.testing = True
    with pytest.raises(UndefinedError, match="never_given"):
        app.test_client().get("/misspelt")


def test_the_frame_shows_no_secret_of_the_settings() -> None:
    app = gallery_app(secret_key="a-secret-key-that-no-page-may-show-000")
    service = app.jinja_env.globals["service"]
    assert not isinstance(service, Settings)
    assert "a-secret-key" not in repr(service)


def test_the_frame_is_installed_before_templates_are_used() -> None:
    app = Flask(__name__)
    assert app.jinja_env
    with pytest.raises(RuntimeError, match="before anything"):
        init_frame(app, PageFrame, settings=Settings(environment="test"))
