"""Background work: what the worker does, and when. `saas.queue` runs it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable

from flask import current_app

from billing.amending.leftover import settle_contracts_that_are_over
from billing.debts.actions import remind_everyone
from billing.runs.working import do_runs
from billing.stripe.comparison import ask_to_compare
from billing.supplier import Supplier
from billing.work import do_tasks
from saas.audit.actions import record_across
from saas.audit.chain import AT_ONCE, link_entries
from saas.audit.change_chain import link_changes
from saas.config import Settings
from saas.database.scope import Scope, scoped
from saas.documents.storage import open_storage
from saas.identity.account_links import forget_old_links, send_links
from saas.identity.actions import forget_old_attempts
from saas.identity.kept_entries import forget_old_entries
from saas.identity.last_writes import forget_last_writes
from saas.identity.sessions import forget_old_sessions
from saas.identity.unused import suspend_unused
from saas.messages.mail import Sender
from saas.messages.outbox import waiting
from saas.messages.transport import open_transport
from saas.reference.today import LONDON
from saas.sign_in.addresses import public_address
from saas.sign_in.links import address_of
from saas.task_runs.recording import (
    forget_failed_jobs,
    forget_failures,
    record_gauges,
)
from tenants.agreements import objections, signing
from tenants.call_backs.reminding import write_call_reminders
from tenants.casework.reported_facts import taking_in
from tenants.feedback.asking import ask_everywhere
from tenants.feedback.complaint_notices import remind_of_complaints, tell_of_new_complaints
from tenants.feedback.complaint_pages import complaint_address
from tenants.front_door.mailing.actions import forget_unconfirmed, send_confirmations
from tenants.front_door.mailing.public import address_of as address_of_news
from tenants.front_door.mailing.sending import House as NewsHouse
from tenants.front_door.mailing.sending import make_copies, send_copies, send_trials
from tenants.front_door.texts.actions import values_of
from tenants.mediation.passed_dates import note_passed_dates
from tenants.notices.post import post_notices, write_reminders
from tenants.papers.rounds import remove_undone_uploads, scan_waiting_documents
from tenants.protection.erasing import erase_what_was_asked
from tenants.referring import handing_in
from tenants.referring.drafts import forget_old_drafts
from tenants.referring.public import return_address
from tenants.referring.returning import send_return_links
from tenants.statistics.measures.caseload import caseloads
from tenants.statistics.packs.runs import make_missing_drafts
from tenants.subscribers.queries import all_tenancies
from tenants.tenure.deleting import delete_what_was_asked
from tenants.tenure.export.rounds import make_exports_asked_for
from tenants.tenure.rounds import look_after_standings
from tenants.trail.keeping import remove_old_trails
from tenants.worktrays.daily import Hrefs, write_daily_lists

FAILURES_KEPT = dt.timedelta(days=90)
# A page that was not cut short has long done its part by then.
CUT_SHORT_AFTER = dt.timedelta(minutes=2)


def forget_sign_in_attempts(_settings: Settings, at: dt.datetime) -> None:
    with scoped(Scope.identity()) as session:
        forget_old_attempts(session, at=at)
        forget_old_entries(session, at=at)
        forget_old_drafts(session, at=at)


def send_account_links(settings: Settings, at: dt.datetime) -> None:
    sender = Sender(settings.provider_name, settings.sender, settings.provider_telephone)
    send_links(open_transport(settings), sender, address_of, at=at)
    send_return_links(open_transport(settings), sender, return_address(), at=at)


def send_news_confirmations(settings: Settings, at: dt.datetime) -> None:
    sender = Sender(settings.provider_name, settings.sender, settings.provider_telephone)
    send_confirmations(open_transport(settings), sender, address_of_news, at=at)


def send_news_to_readers(settings: Settings, at: dt.datetime) -> None:
    sender = Sender(settings.provider_name, settings.sender, settings.provider_telephone)
    house = NewsHouse(sender, values_of(settings), address_of_news)
    transport = open_transport(settings)
    send_trials(transport, house, at=at)
    make_copies(at=at)
    send_copies(transport, house, at=at)


def forget_unconfirmed_addresses(_settings: Settings, at: dt.datetime) -> None:
    forget_unconfirmed(at=at)


def look_after_accounts(settings: Settings, at: dt.datetime) -> None:
    with scoped(Scope.identity()) as session:
        forget_old_sessions(session, at=at)
        forget_last_writes(session, at=at)
        forget_old_links(session, at=at)
        # Nobody signs in to a demonstration for months.
        suspended = [] if settings.demo else suspend_unused(session, at=at)
    for person_id in suspended:
        record_across("suspended as unused", person_id=None, at=at, of=str(person_id))


def link_trails(_settings: Settings, _at: dt.datetime) -> None:
    _link_trails()


def link_trails_whole(_settings: Settings, _at: dt.datetime) -> None:
    # What a clock that was moved, or a very long transaction, kept from its place.
    _link_trails(all_of_them=True)


def _link_trails(*, all_of_them: bool = False) -> None:
    with scoped(Scope.jobs()) as session:
        tenants = [tenancy.id for tenancy in all_tenancies(session)]
    for scope in (*(Scope.worker(tenant) for tenant in tenants), Scope.identity()):
        while True:
            with scoped(scope) as session:
                linked = link_entries(session, all_of_them=all_of_them)
            if linked < AT_ONCE:
                break
    for tenant in tenants:
        while True:
            with scoped(Scope.worker(tenant)) as session:
                linked = link_changes(session)
            if linked < AT_ONCE:
                break


def remove_old_entries_of_trails(settings: Settings, at: dt.datetime) -> None:
    remove_old_trails(years=settings.trail_years, at=at)


def post_waiting_notices(_settings: Settings, at: dt.datetime) -> None:
    tell_of_new_complaints(complaint_address, at=at)
    post_notices(at=at)


def do_billing_tasks(_settings: Settings, at: dt.datetime) -> None:
    do_tasks(at=at)


def do_invoice_runs(settings: Settings, at: dt.datetime) -> None:
    do_runs(Supplier.of(settings), today=at.astimezone(LONDON).date(), at=at)


def send_payment_reminders(_settings: Settings, at: dt.datetime) -> None:
    remind_everyone(today=at.astimezone(LONDON).date(), at=at)


def settle_contracts(_settings: Settings, at: dt.datetime) -> None:
    settle_contracts_that_are_over(today=at.astimezone(LONDON).date(), at=at)


def compare_accounts_with_stripe(settings: Settings, at: dt.datetime) -> None:
    if settings.stripe_secret_key.get_secret_value():
        ask_to_compare(repair=True, person=None, at=at)


def take_in_reported_facts(_settings: Settings, at: dt.datetime) -> None:
    # Each page does it at once after its commit; here is what was cut short there.
    taking_in.sweep(before=at - CUT_SHORT_AFTER)
    signing.sweep(before=at - CUT_SHORT_AFTER, at=at)
    objections.sweep(before=at - CUT_SHORT_AFTER, at=at)
    handing_in.sweep(before=at - CUT_SHORT_AFTER)


def write_daily_reminders(_settings: Settings, at: dt.datetime) -> None:
    write_reminders(at=at)
    remind_of_complaints(complaint_address, at=at)
    write_call_reminders(at=at)
    ask_everywhere(today=at.astimezone(LONDON).date(), at=at)


def scan_documents_again(_settings: Settings, at: dt.datetime) -> None:
    scan_waiting_documents(at=at)


def tidy_documents(_settings: Settings, at: dt.datetime) -> None:
    remove_undone_uploads(at=at)
    handing_in.forget(at=at)


def turn_cases_of_passed_dates(_settings: Settings, at: dt.datetime) -> None:
    note_passed_dates(at=at, today=at.astimezone(LONDON).date())


def write_morning_lists(settings: Settings, at: dt.datetime) -> None:
    base = public_address(settings)
    urls = current_app.url_map.bind("")

    def theirs(person_id: uuid.UUID) -> str:
        return f"{base}{urls.build('authority_cases.todo')}?person={person_id}"

    def ours(_person_id: uuid.UUID) -> str:
        return f"{base}{urls.build('provider_cases.tray')}?view=mine&waiting_for=provider"

    write_daily_lists(Hrefs(theirs, ours), at=at)


def make_quarterly_packs(_settings: Settings, at: dt.datetime) -> None:
    make_missing_drafts(at=at)


def erase_cases_that_are_due(_settings: Settings, at: dt.datetime) -> None:
    erase_what_was_asked(at=at)


def look_after_authorities(settings: Settings, at: dt.datetime) -> None:
    path = current_app.url_map.bind("").build("authority_standing.standing")
    look_after_standings(public_address(settings) + path, at=at)


def make_exports(settings: Settings, at: dt.datetime) -> None:
    make_exports_asked_for(settings, at=at)


def delete_rests_of_authorities(settings: Settings, at: dt.datetime) -> None:
    delete_what_was_asked(open_storage(settings), at=at)


def count_service(_settings: Settings, at: dt.datetime) -> None:
    """Count what /metrics and the status page show of the whole service."""
    with scoped(Scope.jobs()) as session:
        tenants = [tenancy.id for tenancy in all_tenancies(session)]
    mail = oldest = 0
    for tenant in tenants:
        with scoped(Scope.worker(tenant)) as session:
            number, since = waiting(session)
        mail += number
        oldest = max(oldest, int((at - since).total_seconds()) if since else 0)
    with scoped(Scope.all_cases(None)) as session:
        by_tenant, _ = caseloads(session, today=at.astimezone(LONDON).date())
    loads = by_tenant.values()
    counted = {
        "mail_waiting": mail,
        "mail_oldest_seconds": oldest,
        "cases_open": sum(one.open for one in loads),
        "clocks_at_risk": sum(one.at_risk for one in loads),
        "clocks_overdue": sum(one.overdue for one in loads),
    }
    with scoped(Scope.jobs()) as session:
        record_gauges(session, counted, at=at)
        forget_failures(session, before=at - FAILURES_KEPT)
        # What comes round again every few minutes is told by its task, not by each of its jobs.
        soon = [work.__name__ for cron, work in PERIODIC if comes_round_soon(cron)]
        forget_failed_jobs(session, soon)


Work = Callable[[Settings, dt.datetime], None]
# What the worker does by itself, and when: minute, hour, day, month, weekday, in UTC.
PERIODIC: tuple[tuple[str, Work], ...] = (
    ("17 * * * *", forget_sign_in_attempts),
    ("* * * * *", post_waiting_notices),
    ("* * * * *", send_account_links),
    ("* * * * *", send_news_confirmations),
    ("* * * * *", send_news_to_readers),
    ("27 * * * *", forget_unconfirmed_addresses),
    ("* * * * *", link_trails),
    ("30 3 * * *", link_trails_whole),
    ("10 4 * * *", remove_old_entries_of_trails),
    ("40 4 * * *", look_after_accounts),
    ("* * * * *", do_billing_tasks),
    # The page that asks for a run wakes the worker; each minute it looks for what was cut short.
    ("* * * * *", do_invoice_runs),
    # Once a day: a stage that was reminded of is not reminded of again.
    ("0 8 * * *", send_payment_reminders),
    ("40 5 * * *", settle_contracts),
    # An event that Stripe sent in vain for three days is not sent again: what it told is found so.
    ("50 3 * * *", compare_accounts_with_stripe),
    ("*/5 * * * *", take_in_reported_facts),
    # The day has just turned in London, summer and winter.
    ("5 0 * * *", turn_cases_of_passed_dates),
    # In the morning, so that they lie on top when people begin.
    ("30 6 * * *", write_daily_reminders),
    # Eight in London is one of these by the season; at the other hour it does nothing.
    ("0 7,8 * * *", write_morning_lists),
    ("*/10 * * * *", scan_documents_again),
    ("20 2 * * *", tidy_documents),
    ("20 2 * * *", make_quarterly_packs),
    # The page that asks for it wakes the worker; here is what was refused or cut short.
    ("25 * * * *", erase_cases_that_are_due),
    # Who is suspended or leaves: the day comes, people are told, their access ends.
    ("*/5 * * * *", look_after_authorities),
    # The page that asks for one wakes the worker; here is what was cut short, or is to be removed.
    ("*/5 * * * *", make_exports),
    ("55 * * * *", delete_rests_of_authorities),
    ("* * * * *", count_service),
)


def comes_round_soon(cron: str) -> bool:
    """Whether a task runs every few minutes: its next run is its retry."""
    return cron.startswith("*")
