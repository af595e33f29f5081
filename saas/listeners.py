"""Who listens to whom: what happens when a fact is recorded, in this order; what stands on a
case's page beside casework's own; who makes links, and who tells report packs and public pages
of contracts."""

from __future__ import annotations

from billing.contracts.covered import covered_services
from billing.usage.listener import enter_usage
from billing.usage.pack_contract import contract_of_pack
from saas.web.frame import Door
from tenants.access_links.by_email import emailed_links, end_links_of_message, link_of_letter
from tenants.access_links.requests import answer_requests
from tenants.agreements.family import agreement_on_case_page
from tenants.agreements.step_reports import reports_on_case_page, reports_on_family_page
from tenants.call_backs.family import call_on_family_page
from tenants.call_backs.provider import call_on_case_page, calls_on_tray
from tenants.casework.fact_listeners import (
    BatchListener,
    FactListener,
    listen,
    listen_to_batches,
)
from tenants.casework.page_parts import Part, add_to_case_page
from tenants.corrections.proposals import proposals_on_case_page
from tenants.feedback.answering import feedback_on_family_page
from tenants.front_door.contracted import tell_services_by
from tenants.mediation.family_choice import choice_on_case_page
from tenants.notices.letters import make_letter_links_by
from tenants.notices.post import make_links_by
from tenants.notices.queries import messages_on_case_page
from tenants.notices.reminders import leave_out
from tenants.notices.undelivered import listen_to_bounces
from tenants.notices.writing import tell_of_fact
from tenants.papers.queries import papers_on_case_page, papers_on_family_page
from tenants.protection import provider as provider_protection
from tenants.protection.queries import kept_on_case_page
from tenants.referring.provider import came_in_on_case_page, referrals_on_tray
from tenants.restrictions.case_page import restriction_on_case_page
from tenants.statistics.measures.actions import keep_after_batch
from tenants.statistics.measures.contracts import tell_contracts_by
from tenants.worktrays.authority import tasks_on_case_page
from tenants.worktrays.contacts import contacts_on_case_page
from tenants.worktrays.said_on_tray import say_on_tray
from tenants.worktrays.task_queries import summary_is_there

FACT_LISTENERS: tuple[FactListener, ...] = (enter_usage, tell_of_fact)
BATCH_LISTENERS: tuple[BatchListener, ...] = (keep_after_batch,)
CASE_PAGE_PARTS: tuple[tuple[Door, str, Part], ...] = (
    (Door.AUTHORITY, "restriction", restriction_on_case_page),
    (Door.AUTHORITY, "papers", papers_on_case_page),
    (Door.AUTHORITY, "tasks", tasks_on_case_page),
    (Door.AUTHORITY, "contacts", contacts_on_case_page),
    (Door.AUTHORITY, "kept", kept_on_case_page),
    (Door.PROVIDER, "restriction", restriction_on_case_page),
    (Door.PROVIDER, "papers", papers_on_case_page),
    (Door.PROVIDER, "messages", messages_on_case_page),
    (Door.PROVIDER, "proposals", proposals_on_case_page),
    (Door.PROVIDER, "kept", provider_protection.kept_on_case_page),
    (Door.PROVIDER, "call_back", call_on_case_page),
    (Door.PROVIDER, "came_in", came_in_on_case_page),
    (Door.FAMILY, "call_back", call_on_family_page),
    (Door.FAMILY, "restriction", restriction_on_case_page),
    (Door.FAMILY, "papers", papers_on_family_page),
    (Door.FAMILY, "agreement", agreement_on_case_page),
    (Door.FAMILY, "choice", choice_on_case_page),
    (Door.FAMILY, "reports", reports_on_family_page),
    (Door.FAMILY, "feedback", feedback_on_family_page),
    (Door.PROVIDER, "reports", reports_on_case_page),
)


def register() -> None:
    """Let them listen. Repeatable: several apps may be made in one process."""
    for listener in FACT_LISTENERS:
        listen(listener)
    for batch_listener in BATCH_LISTENERS:
        listen_to_batches(batch_listener)
    for door, name, part in CASE_PAGE_PARTS:
        add_to_case_page(door, name, part)
    make_links_by(emailed_links, answer_requests)
    make_letter_links_by(link_of_letter)
    listen_to_bounces(end_links_of_message)
    leave_out(summary_is_there)
    say_on_tray(referrals_on_tray)
    say_on_tray(calls_on_tray)
    tell_contracts_by(contract_of_pack)
    tell_services_by(covered_services)
