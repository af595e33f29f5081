"""Issue 14: what everyone reads: small, without a script, true of cookies; areas and leaflets."""

from __future__ import annotations

import datetime as dt
import gzip
import re
from io import BytesIO
from urllib.parse import urlsplit

import pytest
import textstat
from flask import Flask
from pypdf import PdfReader
from sqlalchemy.exc import ProgrammingError

from bench.public_pages import public_pages
from saas.database.scope import Scope, scoped
from saas.identity.permissions import AuthorityRole, ProviderRole
from saas.identity.signed_in import Tenancy
from saas.web.frame import STATIC_FOLDER
from tenants.front_door.areas import OF_THE_LAW, SERVICES, time_limits
from tests.factories import PASSWORD, TODAY, client_of, make_person, make_tenant
from tests.page_client import PageClient
from tests.page_parts import Element
from tests.saas.documents.papers import Paper

pytestmark = pytest.mark.usefixtures("standing_clock")
# Of Flesch and Kincaid: a grade is the age less five or six.
GRADE_OF_TWELVE = 6.0
BUDGET = 100_000  # bytes on the way, the style sheet and the scripts included


@pytest.fixture(name="tenant")
def subscriber(app: Flask) -> Tenancy:
    return make_tenant(app)


@pytest.fixture(name="visitor")
def stranger(app: Flask) -> PageClient:
    client = app.test_client()
    assert isinstance(client, PageClient)
    return client


def _weight_of_parts(visitor: PageClient) -> int:
    """Bytes on the way of what the page that is open fetches: styles, scripts, pictures, fonts."""
    page = visitor.page
    wanted = {one.get("href") for one in page.all("link") if one.get("rel") != "canonical"}
    wanted |= {one.get("src") for one in page.all("script", "img") if one.has("src")}
    parts = {urlsplit(one).path.partition("/static/")[2] for one in wanted}
    assert parts and "" not in parts, f"fetched from elsewhere: {wanted}"
    return sum(len(gzip.compress((STATIC_FOLDER / name).read_bytes())) for name in parts)


def test_styles_fetch_neither_fonts_nor_pictures() -> None:
    """So that what a page weighs is what it names."""
    for sheet in STATIC_FOLDER.glob("*.css"):
        fetched = re.findall(r"url\(\s*['\"]?(?!data:)([^)]+)\)", sheet.read_text(encoding="utf-8"))
        assert not fetched, f"{sheet.name} fetches {fetched}"


def test_every_public_page_is_small_and_needs_no_script(
    app: Flask, tenant: Tenancy, visitor: PageClient
) -> None:
    addresses = public_pages(app, tenant.slug)
    assert {"/", "/guide", "/areas", f"/areas/{tenant.slug}", "/news"} <= set(addresses)
    for address in addresses:
        answer = visitor.get(address)
        assert answer.status_code == 200, address
        weight = len(gzip.compress(answer.data)) + _weight_of_parts(visitor)
        assert weight < BUDGET, f"{address} weighs {weight}"
        # All it says and asks stands in the page itself; a form is sent without a script.
        assert visitor.page.all("h1"), address
        for form in visitor.page.all("form"):
            assert form.all("button"), address


def test_what_every_public_page_says_can_be_read_at_twelve(
    app: Flask, tenant: Tenancy, visitor: PageClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Syllables by Pyphen's patterns: the other dictionary would be fetched from the network.
    monkeypatch.setattr("textstat.backend.counts._count_syllables.get_cmudict", lambda lang: {})
    visitor.get("/areas")
    names = {one.text.strip() for one in visitor.page.all("main")[0].all("li")}
    for address in public_pages(app, tenant.slug):
        if address == "/help":
            continue  # for people who work with the service
        visitor.get(address)
        main = visitor.page.all("main")[0]
        # A council's name is no sentence.
        said = [one.text.strip() for one in main.all("p", "li", "dd")]
        said = [one for one in said if one not in names]
        text = "\n".join(one if one.endswith((".", "?")) else f"{one}." for one in said if one)
        grade = textstat.flesch_kincaid_grade(text)
        assert grade <= GRADE_OF_TWELVE or not said, f"{address}: {grade:.1f}\n{text}"


def test_the_footer_leads_to_how_people_are_treated(visitor: PageClient) -> None:
    visitor.get("/")
    footer = visitor.page.all("footer")[0]
    for link in footer.all("a"):
        assert visitor.get(link.get("href")).status_code == 200, link.get("href")
    assert {"/privacy", "/cookies", "/contact", "/accessibility", "/how-we-use-your-data"} <= {
        link.get("href") for link in footer.all("a")
    }


def test_the_cookies_page_lists_every_cookie_that_is_set(app: Flask, visitor: PageClient) -> None:
    someone = make_person(app, role=ProviderRole.COORDINATOR)
    visitor.submit("/sign-in", {"email": someone.email, "password": PASSWORD})
    visitor.get("/guide")
    set_here = {cookie.key for cookie in (visitor._cookies or {}).values()}
    visitor.get("/cookies")
    listed = {one.text for one in visitor.page.all("th") if one.get("scope") == "row"}
    assert set_here == listed


def test_an_area_says_what_is_offered_and_how_long_things_take(
    tenant: Tenancy, visitor: PageClient
) -> None:
    visitor.get(f"/areas/{tenant.slug}")
    said = visitor.page.all("main")[0].text
    for name, words in [*(SERVICES[code] for code in OF_THE_LAW), *time_limits()]:
        assert str(name) in said and str(words) in said
    assert "020 7946 0000" in said and "Monday to Friday" in said
    assert tenant.slug in " ".join(a.get("href") for a in _links(visitor, "/areas"))


def _links(visitor: PageClient, address: str) -> list[Element]:
    visitor.get(address)
    return list(visitor.page.all("a"))


def test_the_times_are_the_laws() -> None:
    assert [time for time, _ in time_limits()] == [
        "2 months",
        "3 working days",
        "30 days",
        "5 working days",
        "3 working days",
        "2 months, or 1 month",
    ]


def test_a_subscription_that_ended_says_where_to_turn(app: Flask, visitor: PageClient) -> None:
    ended = make_tenant(app, subscribed_to=TODAY - dt.timedelta(days=1))
    for address in (f"/areas/{ended.slug}", f"/areas/{ended.slug}/easy-read"):
        assert f"We no longer work in {ended.name}" in visitor.get(address).text
        assert "Who to ask" in visitor.get(address).text
    assert visitor.get(f"/areas/{ended.slug}/leaflet.pdf").status_code == 404
    assert f"/areas/{ended.slug}" not in visitor.get("/areas").text
    begins = make_tenant(app, subscribed_from=TODAY + dt.timedelta(days=1))
    assert visitor.get(f"/areas/{begins.slug}").status_code == 404
    assert visitor.get("/areas/nowhere").status_code == 404


def test_the_leaflet_is_tagged_and_says_what_the_page_says(
    tenant: Tenancy, visitor: PageClient
) -> None:
    answer = visitor.get(f"/areas/{tenant.slug}/leaflet.pdf")
    assert answer.mimetype == "application/pdf"
    paper = Paper.of(answer.data)
    assert paper.reader.root_object["/MarkInfo"]["/Marked"].value is True  # type: ignore[index]
    assert paper.tags().count("H1") == 1
    assert "L" in paper.tags()
    assert tenant.name in paper.text and "020 7946 0000" in paper.text
    for code in OF_THE_LAW:
        assert str(SERVICES[code][0]) in paper.text
    assert len(PdfReader(BytesIO(answer.data)).pages) <= 2


def test_easy_read_has_a_picture_beside_short_sentences(
    tenant: Tenancy, visitor: PageClient
) -> None:
    visitor.get(f"/areas/{tenant.slug}/easy-read")
    main = visitor.page.all("main")[0]
    assert len(main.all("svg")) > 8
    sentences = [one.text for one in main.all("p")]
    assert max(len(one.split()) for one in sentences) <= 13


def test_a_manager_says_what_is_offered_in_an_area(
    app: Flask, tenant: Tenancy, visitor: PageClient
) -> None:
    manager = client_of(app, make_person(app, role=ProviderRole.MANAGER))
    address = f"/manager/public-pages/areas/{tenant.slug}"
    wrong = {"video_href": "http://film.example/x", "publish": "y"}
    assert manager.submit(address, wrong).status_code == 422
    chosen = {
        "services": ["mias", "mediation"],
        "telephone": "0161 496 0000",
        "hours": "Mondays",
        "video_href": "https://film.example/x",
        "markdown": "Only for **you**",
    }
    looked = manager.submit(address, {**chosen, "preview": "y"})
    assert "<strong>you</strong>" in looked.text
    assert "0161 496 0000" not in visitor.get(f"/areas/{tenant.slug}").text
    assert manager.submit(address, {**chosen, "publish": "y"}).status_code == 302
    page = visitor.get(f"/areas/{tenant.slug}").text
    for shown in ("0161 496 0000", "Mondays", "https://film.example/x", "<strong>you</strong>"):
        assert shown in page
    assert str(SERVICES["facilitation"][1]) not in page
    assert (
        str(SERVICES["facilitation"][0])
        not in Paper.of(visitor.get(f"/areas/{tenant.slug}/leaflet.pdf").data).text
    )
    assert "https://film.example/x" in visitor.get(f"/areas/{tenant.slug}/easy-read").text


def test_an_authority_has_no_say_in_it(app: Flask, tenant: Tenancy) -> None:
    officer = client_of(app, make_person(app, tenant=tenant, role=AuthorityRole.MANAGER))
    officer.looks = False
    assert officer.get(f"/manager/public-pages/areas/{tenant.slug}").status_code == 403


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT evaluation_id FROM quotation",
        "SELECT email FROM mailing_address",
        "SELECT 1 FROM contract",
        "INSERT INTO public_text VALUES ('home', 1, 'x', '2026-01-01', NULL)",
        "UPDATE area_detail SET telephone = ''",
        "UPDATE page_count SET page = 'x'",
        "DELETE FROM page_count",
    ],
)
def test_the_public_role_reads_no_more_than_the_pages_need(app: Flask, statement: str) -> None:
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        scoped(Scope.public()) as session,
    ):
        session.connection().exec_driver_sql(statement)
