"""Put the demonstration into the database: what is missing of it, and nothing twice."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import sqlalchemy as sa
from flask import Flask
from rich.progress import Progress

from saas.config import Settings
from saas.database.base import ids_made_by
from saas.database.connections import owner_connection
from saas.database.planner import learn_sizes
from saas.database.scope import Scope, ScopedSession, scoped
from saas.demo.accounts import seed_accounts
from saas.demo.agreements import seed_agreements
from saas.demo.authorities import DEMO_AUTHORITIES
from saas.demo.breaches import seed_incidents
from saas.demo.caseload import FIRST_YEAR, PUBLISHED_YEARS, tell_caseload
from saas.demo.corrections import seed_corrections
from saas.demo.disputes import seed_disputes, seed_price_list
from saas.demo.facilitations import seed_facilitations
from saas.demo.feedback import seed_complaints, seed_evaluations
from saas.demo.front_door import seed_front_door
from saas.demo.heard import seed_heard
from saas.demo.ids import MadeIds, morning
from saas.demo.keeping import seed_keeping
from saas.demo.officers import seed_officers
from saas.demo.panel import seed_panel
from saas.demo.papers import seed_all_papers
from saas.demo.parts import DemoRefusedError, Parts
from saas.demo.people import DAY_ONE, EXAMPLE, add_people, authority_member, provider_staff
from saas.demo.public_pages import seed_public_pages
from saas.demo.reminding import noon
from saas.demo.reports import seed_habits, seed_reports
from saas.demo.sign_ins import seed_sign_in
from saas.demo.telling import Cast
from saas.demo.tenure import seed_tenure
from saas.documents.content import Provider
from saas.identity.permissions import AuthorityRole, ProviderRole
from saas.identity.signed_in import Tenancy
from saas.reference.load import load_reference
from saas.reference.models import EducationAuthority
from saas.reference.progress import ReportsProgress
from saas.reference.queries import PlaceFigures, all_authority_figures
from saas.reference.today import london_today
from tenants.casework.kept.deriving_again import derive_all
from tenants.casework.row_columns import Actor
from tenants.feedback.complaint_notices import remind_of_complaints
from tenants.feedback.complaint_pages import complaint_address
from tenants.imports.bulk.build import House, build_cases
from tenants.imports.bulk.write import write_cases
from tenants.mediation.passed_dates import note_passed_dates
from tenants.statistics.measures.actions import count_all_anew
from tenants.subscribers.models import Subscriber

# Before this the DfE's years are not over, and the demonstration could not add up to them.
EARLIEST_TODAY = dt.date(2025, 1, 1)

# After how many authorities' cases the planner is told what the tables look like now.
LEARNT_AFTER = (1, 4, 16)

# The demonstration's provider, where the settings name none.
PROVIDER = Provider(
    name="SEND Mediation Partnership",
    address=("1 Example Yard", "London", "N1 1AA"),
    telephone="020 7946 0000",
    email="mediation@provider.example",
)


@dataclass(frozen=True)
class Seeded:
    """What a seeding did. `invented` has the years that do not follow the DfE, by authority."""

    added: int
    present: int
    cases: int
    people: int
    accounts: int
    invented: Mapping[str, tuple[int, ...]]

    @property
    def changed(self) -> bool:
        return bool(self.added or self.people or self.accounts)


@dataclass(frozen=True)
class Place:
    slug: str
    name: str
    dfe_number: str
    figures: Mapping[int, PlaceFigures | None]


def ensure_demo(app: Flask, progress: Progress, *, upgraded: bool = False) -> None:
    """Reference data and demonstration, as far as they are not there. Quick when they are.

    Args:
        upgraded: the rows are of an earlier release, so what is kept beside them is derived again.
    """
    settings: Settings = app.extensions["settings"]
    with app.app_context():
        with owner_connection(settings) as connection, _told(progress) as say:
            load_reference(connection, say)
        with _told(progress) as say:
            seed_demo(settings, last_whole_day(), say)
            if upgraded:
                tenancies = _tenancies(DEMO_AUTHORITIES)
                derive_all(tenancies, say)
                count_all_anew(tenancies, say)


def last_whole_day() -> dt.date:
    """Yesterday: nothing of the demonstration is to happen later than now."""
    return london_today() - dt.timedelta(days=1)


def seed_demo(
    settings: Settings,
    today: dt.date,
    say: ReportsProgress,
    *,
    slugs: Mapping[str, str] = DEMO_AUTHORITIES,
) -> Seeded:
    """Make the demonstration's authorities, people and cases that are not there yet.

    Each authority is one transaction, so an interrupted seeding is completed by the next.

    Args:
        today: the last day on which anything has happened.
        slugs: the authorities, with the letters of their references.

    Raises:
        DemoRefusedError: in production, before EARLIEST_TODAY, or without the reference data.
        DemoBrokenOffError: a part could not be made; the next seeding goes on with it.
    """
    if settings.is_production:
        raise DemoRefusedError("This is production: invented families have no place here.")
    if today < EARLIEST_TODAY:
        raise DemoRefusedError(
            f"The DfE's figures reach to the end of 2024: give a day from {EARLIEST_TODAY} on."
        )
    places = find_places(slugs)
    parts = Parts(settings, today)
    unfinished = parts.broken_off()
    if unfinished:
        more = f" and {len(unfinished) - 1} more" if len(unfinished) > 1 else ""
        say(f"An earlier start broke off: making {unfinished[0]}{more} now", 0, 1)
    with scoped(Scope.public()) as session:
        known = set(session.scalars(sa.select(Subscriber.slug)))
    written, invented = 0, {}
    for number, place in enumerate(places):
        if place.slug in known:
            continue
        if number in LEARNT_AFTER:
            learn_sizes(settings)
        say(f"Telling the cases of {place.name}", number, len(places))
        with parts.making(f"the cases of {place.name}"):
            cases, years = _seed_authority(settings, place, slugs[place.slug], today)
        written += cases
        if years:
            invented[place.slug] = years
    learn_sizes(settings)
    tenancies = _tenancies(slugs)
    with (
        parts.making("the people"),
        parts.ids_for("people", tenancies),
        scoped(Scope.identity()) as session,
    ):
        people = add_people(session, tenancies)
    with parts.making("the sign-in"), parts.ids_for("the sign-in", tenancies):
        for tenancy in tenancies:
            if tenancy.slug == EXAMPLE:
                seed_sign_in(tenancy, secret=settings.session_secret)
    with parts.making("the panel"), parts.ids_for("the panel", tenancies):
        seed_panel(tenancies, today)
    accounts = seed_accounts(parts, tenancies, today=today, progress=say)
    for tenancy in tenancies:
        if tenancy.slug == EXAMPLE:
            with parts.making("the disputes"), parts.ids_for("disputes", tenancies):
                seed_price_list(tenancy, today=today)
                contact = authority_member(tenancy.slug, AuthorityRole.FINANCE)
                seed_disputes(tenancy, contact=contact.id, today=today)
    seed_all_papers(parts, tenancies, today, say)
    with parts.making("the meetings"), parts.ids_for("meetings", tenancies):
        seed_facilitations(tenancies, today, say)
    with parts.ids_for("agreements", tenancies):
        seed_agreements(parts, tenancies, provider=Provider.of(settings), today=today, say=say)
    with parts.making("the reports"), parts.ids_for("reports", tenancies):
        seed_reports(tenancies, provider=Provider.of(settings), today=today, say=say)
        seed_habits(tenancies, today)
        seed_officers(tenancies, today)
    for tenancy in tenancies:
        if tenancy.slug == EXAMPLE:
            with parts.making("what families said"), parts.ids_for("heard", tenancies):
                seed_heard(tenancy, today)
                remind_of_complaints(complaint_address, at=noon(today))
    with parts.making("the corrections"), parts.ids_for("corrections", tenancies):
        seed_corrections(tenancies, today)
    with parts.making("what is kept"), parts.ids_for("keeping", tenancies):
        seed_keeping(tenancies, today)
    with parts.making("who is suspended or leaves"), parts.ids_for("tenure", tenancies):
        seed_tenure(tenancies, today)
    with parts.making("the public pages"), parts.ids_for("public pages", tenancies):
        seed_public_pages(tenancies, today)
    for tenancy in tenancies:
        if tenancy.slug == EXAMPLE:
            with parts.making("the front door"), parts.ids_for("the front door", tenancies):
                seed_front_door(tenancy, today)
    with parts.making("the dates that passed"), parts.ids_for("passed dates", tenancies):
        # What the worker does each night.
        note_passed_dates(at=noon(today), today=today)
    added = sum(place.slug not in known for place in places)
    return Seeded(added, len(places) - added, written, people, accounts, invented)


def _tenancies(slugs: Mapping[str, str]) -> list[Tenancy]:
    with scoped(Scope.public()) as session:
        found = session.execute(
            sa.select(Subscriber.id, Subscriber.slug, Subscriber.name)
            .where(Subscriber.slug.in_(slugs))
            .order_by(Subscriber.slug)
        )
        return [Tenancy(id=row[0], slug=row[1], name=row[2]) for row in found]


def find_places(slugs: Mapping[str, str]) -> list[Place]:
    with scoped(Scope.public()) as session:
        figures = {year: all_authority_figures(session, year) for year in PUBLISHED_YEARS}
        found = session.execute(
            sa.select(
                EducationAuthority.slug,
                EducationAuthority.display_name,
                EducationAuthority.dfe_number,
            )
            .where(EducationAuthority.slug.in_(slugs))
            .order_by(EducationAuthority.slug)
        ).all()
    if len(found) < len(slugs):
        raise DemoRefusedError(
            "The reference data is not loaded: run `flask --app saas.app reference load` first."
        )
    return [
        Place(slug, name, number, {year: of_year.get(number) for year, of_year in figures.items()})
        for slug, name, number in found
    ]


def _seed_authority(
    settings: Settings, place: Place, prefix: str, today: dt.date
) -> tuple[int, tuple[int, ...]]:
    """One authority with its cases; how many, and which years are invented."""
    ids = MadeIds(random.Random(f"the ids of {place.slug} {today.isoformat()}"))
    tenant_id = ids(DAY_ONE)
    caseload = tell_caseload(cast_of(place), place.figures, today)
    house = House(tenant_id, prefix, place.name, "earlier")
    built = build_cases(caseload.cases, house, today=today, ids=ids)
    with scoped(Scope.provider(tenant_id, None)) as session:
        subscribe(session, house, place)
        write_cases(
            session,
            built,
            house,
            provider=Provider.of(settings),
            by=Actor(None, "The demonstration", morning(today)),
            ids=ids,
        )
        answers = random.Random(f"what they thought of {place.slug}")
        seed_evaluations(session, answers, today=today, ids=ids)
        said = random.Random(f"what they complained of in {place.slug} {today.isoformat()}")
        seed_complaints(session, said, today=today, ids=ids)
        # Few authorities ever had one; the one that is shown first has another whose clock runs.
        if place.slug == EXAMPLE or answers.random() < 0.15:
            with ids_made_by(lambda: ids(morning(today))):
                seed_incidents(session, today=today)
    return len(built), caseload.invented_years


def subscribe(session: ScopedSession, house: House, place: Place) -> None:
    """Make an authority a subscriber, in its own scope."""
    session.add(
        Subscriber(
            id=house.tenant_id,
            slug=place.slug,
            reference_prefix=house.prefix,
            name=place.name,
            dfe_number=place.dfe_number,
            # The first meetings of the first year were asked for in the year before.
            subscribed_from=dt.date(FIRST_YEAR - 1, 4, 1),
            k5_starts=house.k5_starts,
        )
    )
    session.flush()


def cast_of(place: Place) -> Cast:
    staff = provider_staff()
    return Cast(
        slug=place.slug,
        name=place.name,
        dfe_number=place.dfe_number,
        coordinators=[one for one in staff if one.role is ProviderRole.COORDINATOR],
        mediators=[one for one in staff if one.role is ProviderRole.MEDIATOR],
        officer=authority_member(place.slug, AuthorityRole.OFFICER).name,
    )


@contextmanager
def _told(progress: Progress) -> Iterator[ReportsProgress]:
    """Progress as the parts tell it, on one line of the quick start's display."""
    task = progress.add_task("", total=None)

    def say(what: str, done: int, total: int) -> None:
        progress.update(task, description=what, completed=done, total=max(total, 1))

    try:
        yield say
    finally:
        progress.remove_task(task)
