"""Page, API, CSV and pack say what the DfE published, for the demonstration's authorities.

`ANY_DAY=all` walks all of them, as `make test-any-day` does; the suite walks every eighth.
"""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import io
import os
import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pypdf
import pytest
import sqlalchemy as sa
from flask import Flask

from saas.app import create_app
from saas.config import Settings
from saas.database.base import db
from saas.database.scope import Scope, scoped
from saas.demo.authorities import DEMO_AUTHORITIES
from saas.demo.load import Seeded, seed_demo
from saas.documents.content import Provider
from saas.identity.models import Membership
from saas.identity.permissions import AuthorityRole
from saas.identity.signed_in import Tenancy
from saas.reference.progress import silent
from saas.reference.queries import PlaceFigures, all_authority_figures
from tenants.law.decisions import STAGES
from tenants.statistics.measures.definitions import COUNTER
from tenants.statistics.measures.periods import calendar_year
from tenants.statistics.packs.content import content_of
from tenants.statistics.packs.packs import gather, make_draft
from tenants.subscribers import leaving, suspending
from tenants.subscribers.models import Subscriber
from tests.factories import NOW, Someone, actor, client_of
from tests.page_client import PageClient
from tests.tenants.statistics.api.test_api import key_of

TODAY = dt.date(2026, 6, 10)
YEARS = (2023, 2024)
PAPERS = ("trafford", "hillingdon")
KEYS = ("mediations_held", "followed_by_appeal")
EVERY = 1 if os.environ.get("ANY_DAY") == "all" else 8
WALKED = {
    slug: prefix
    for number, (slug, prefix) in enumerate(DEMO_AUTHORITIES.items())
    if slug in PAPERS or number % EVERY == 0
}

Counts = dict[str, tuple[int, int]]


@pytest.fixture(scope="module")
def demo(
    new_database: Callable[[], AbstractContextManager[Settings]],
) -> Iterator[tuple[Flask, Seeded]]:
    with new_database() as settings:
        app = create_app(settings, TESTING=True)
        app.test_client_class = PageClient
        with app.app_context():
            done = seed_demo(settings, TODAY, silent, slugs=WALKED)
        yield app, done
        with app.app_context():
            for engine in db.engines.values():
                engine.dispose()


def published(figures: PlaceFigures) -> Counts:
    """Mediations held and those followed by an appeal, by stage."""
    counts: Counts = {}
    for stage, one in figures.stages.items():
        held, after = one.mediations.number, one.followed_by_appeal.number
        assert held is not None and after is not None
        counts[stage] = (held, after)
    return counts


def in_full(tenant_id: uuid.UUID) -> None:
    """Let an authority be neither suspended nor leave, as one of the demonstration's each does."""
    with scoped(Scope.provider(tenant_id, None)) as session:
        if suspending.standing_suspension(session) is not None:
            suspending.lift(session, by_name="A", at=NOW)
        if leaving.standing_leaving(session) is not None:
            leaving.take_leaving_back(session, by_name="A", at=NOW)


def of_api(app: Flask, headers: dict[str, str], year: int) -> Counts:
    said = app.test_client().get(f"/api/v1/measures?year={year}", headers=headers).get_json()
    held, after = (said[f"{key}_by_stage"] for key in KEYS)
    assert (said[KEYS[0]], said[KEYS[1]]) == (sum(held.values()), sum(after.values()))
    return {stage: (held[stage], after[stage]) for stage in STAGES}


def of_csv(content: bytes) -> Counts:
    rows = {r["Key"]: r["Value"] for r in csv.DictReader(io.StringIO(content.decode("utf-8-sig")))}
    return {
        stage: (int(rows[f"{KEYS[0]}_{stage}"]), int(rows[f"{KEYS[1]}_{stage}"]))
        for stage in STAGES
    }


def of_page(html: str) -> Counts:
    """The table that stands beside the DfE's own figures by stage."""
    table = html.split("By stage, ")[1].split("</table>")[0]
    numbers = re.findall(r'data-label="([^"]+)"[^>]*><span>([\d,]+)', table)
    own = [int(n.replace(",", "")) for label, n in numbers if label == "Our count"]
    after = [
        int(n.replace(",", ""))
        for label, n in numbers
        if label == "Our count followed by an appeal"
    ]
    return dict(zip(STAGES, zip(own, after, strict=True), strict=True))


def of_pack(tenant: Tenancy, year: int) -> Counts:
    provider = Provider(name="P", address=("A",), telephone="1", email="")
    with scoped(Scope.provider(tenant.id, None)) as session:
        figures = gather(session, calendar_year(year), today=TODAY)
        # The drawings hold no number that the tables do not.
        said = content_of(dataclasses.replace(figures, charts=()), provider=provider.as_content())
    return {stage: (row[1], row[3]) for stage, row in zip(STAGES, said["stages"], strict=True)}


def test_every_way_to_read_them_gives_the_published_counts(demo: tuple[Flask, Seeded]) -> None:
    app, seeded = demo
    with app.app_context(), scoped(Scope.public()) as session:
        figures = {year: all_authority_figures(session, year) for year in YEARS}
        rows = session.execute(
            sa.select(Subscriber.id, Subscriber.slug, Subscriber.name, Subscriber.dfe_number)
        ).all()
    walked = 0
    for tenant_id, slug, name, dfe_number in rows:
        tenant = Tenancy(tenant_id, slug, name)
        with app.app_context():
            in_full(tenant_id)
            headers = key_of(tenant)
            with scoped(Scope.identity()) as session:
                officer = session.execute(
                    sa.select(Membership.person_id).where(
                        Membership.tenant_id == tenant_id,
                        Membership.role == AuthorityRole.OFFICER.value,
                    )
                ).scalar_one()
        client = client_of(app, Someone(officer, "", ""))
        for year in YEARS:
            if year in seeded.invented.get(slug, ()):
                continue
            expected = published(figures[year][dfe_number])
            where = f"/authority/statistics{{}}?year={year}"
            assert of_api(app, headers, year) == expected, (slug, year, "API")
            assert of_csv(client.get(where.format("/figures.csv")).data) == expected, (slug, "CSV")
            page = client.get(where.format("")).get_data(as_text=True)
            assert of_page(page) == expected, (slug, year, "page")
            with app.app_context():
                assert of_pack(tenant, year) == expected, (slug, year, "pack")
            walked += 1
    assert walked >= 2 * len(rows) - sum(len(years) for years in seeded.invented.values())
    assert len(rows) == len(WALKED) >= 43 // EVERY


@pytest.mark.parametrize("slug", PAPERS)
def test_the_paper_itself_prints_them(demo: tuple[Flask, Seeded], slug: str) -> None:
    app, _ = demo
    with app.app_context():
        with scoped(Scope.public()) as session:
            tenant, dfe_number = session.execute(
                sa.select(Subscriber.id, Subscriber.dfe_number).where(Subscriber.slug == slug)
            ).one()
            expected = published(all_authority_figures(session, 2024)[dfe_number])
        with scoped(Scope.provider(tenant, None)) as session:
            pack = make_draft(
                session,
                calendar_year(2024),
                provider=Provider(name="P", address=("A",), telephone="1", email=""),
                by=actor(),
                today=TODAY,
            )
            paper = pypdf.PdfReader(io.BytesIO(pack.pdf))
            session.rollback()
    text = " ".join(" ".join(page.extract_text().split()) for page in paper.pages)
    for name, stage in (
        ("Refusals to assess", "request"),
        ("Refusals to issue a plan", "assessment"),
        ("Plans and their content", "other"),
    ):
        held, after = expected[stage]
        assert re.search(rf"{name} {held} (?:\d+|hidden) {after}\b", text), (name, held, after)
    assert COUNTER["mediations_held"].sentence[:40] in text
