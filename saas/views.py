"""The pages of every feature, in the order in which they are put into the service."""

from __future__ import annotations

from billing import views as billing
from billing.usage import manager as manager_packages
from saas.operations import status_pages as manager_status
from saas.web.access import DoorPages
from tenants.access_links import check_pages as family_check
from tenants.access_links import provider as provider_links
from tenants.access_links import public as family_link
from tenants.agreements import authority as authority_agreement
from tenants.agreements import family as family_agreement
from tenants.agreements import family_steps, objecting, provider_signing_links, provider_steps
from tenants.agreements import provider as provider_agreement
from tenants.agreements import signer as agreement_signer
from tenants.calendars import account as account_calendar
from tenants.calendars import public as public_calendar
from tenants.call_backs import family as family_call_backs
from tenants.call_backs import provider as provider_call_backs
from tenants.calls import provider as provider_calls
from tenants.casework.authority import consent, taking_back
from tenants.casework.authority.pages import pages as authority_cases
from tenants.casework.family.pages import pages as family_pages
from tenants.casework.provider import case, fact_pages, first_contact, referral
from tenants.casework.provider.pages import pages as provider_cases
from tenants.certificates import authority as authority_certificates
from tenants.certificates import family as family_certificates
from tenants.certificates import provider as provider_certificates
from tenants.corrections import facts as corrected_facts
from tenants.corrections import moving_page, people, permission, proposing
from tenants.corrections import provider as corrections
from tenants.facilitation import authority as authority_facilitation
from tenants.facilitation import provider as provider_facilitation
from tenants.feedback import answering, complaining, complaint_pages
from tenants.feedback import provider as provider_feedback
from tenants.front_door import area_pages, guide_pages, text_pages
from tenants.front_door import manager as manager_front_door
from tenants.front_door import public as front_door
from tenants.front_door.mailing import news_pages as manager_news
from tenants.front_door.mailing import public as public_mailing
from tenants.front_door.quotations import manager as manager_quotations
from tenants.front_door.quotations import public as public_quotations
from tenants.front_door.texts import manager as manager_texts
from tenants.incidents import pages as incidents
from tenants.mediation import authority as authority_mediation
from tenants.mediation import authority_health, family_choice, family_consent, provider_meeting
from tenants.mediation import family as family_dates
from tenants.mediation import provider as provider_mediation
from tenants.notices import account as account_notices
from tenants.notices import family_calendar, letters, telling_pages
from tenants.notices import provider as provider_messages
from tenants.outage import provider as provider_outage
from tenants.panel import provider as provider_panel
from tenants.papers import authority as authority_papers
from tenants.papers import family as family_papers
from tenants.papers import provider as provider_papers
from tenants.protection import authority as authority_protection
from tenants.protection import processing_pages, restricting
from tenants.protection import provider as provider_protection
from tenants.protection.answers import provider as answers
from tenants.referring import authority as authority_referral
from tenants.referring import provider as provider_referrals
from tenants.referring import public as front_referral
from tenants.search import authority as authority_search
from tenants.search import provider as provider_search
from tenants.statistics.api import authority as authority_keys
from tenants.statistics.api import pages as api_v1
from tenants.statistics.dashboards import authority as authority_statistics
from tenants.statistics.dashboards import manager as manager_dashboard
from tenants.statistics.dashboards import manager_shared
from tenants.statistics.packs import authority as authority_packs
from tenants.statistics.packs import manager as manager_packs
from tenants.subscribers import manager as manager_people
from tenants.subscribers import sign_in_pages
from tenants.subscribers import team as authority_team
from tenants.tenure import authority as authority_standing
from tenants.tenure import manager as manager_authorities
from tenants.tenure.export import pages as exports
from tenants.trail import apart as authority_apart
from tenants.trail import change_pages
from tenants.trail import pages as trail
from tenants.worktrays import authority as authority_tray
from tenants.worktrays import authority_assignment, authority_to_do, provider_assignment
from tenants.worktrays import provider as provider_tray

# Features add their pages about a case to the doors that casework opens.
_ADD_PAGES_TO_A_DOOR_OF_CASEWORK = (
    restricting,
    answers,
    authority_protection,
    authority_agreement,
    authority_assignment,
    authority_certificates,
    authority_papers,
    authority_search,
    authority_to_do,
    authority_tray,
    case,
    consent,
    corrected_facts,
    corrections,
    fact_pages,
    family_agreement,
    family_check,
    family_calendar,
    letters,
    telling_pages,
    family_steps,
    objecting,
    family_call_backs,
    family_certificates,
    family_choice,
    family_consent,
    family_dates,
    family_papers,
    first_contact,
    authority_health,
    provider_assignment,
    taking_back,
    provider_agreement,
    provider_calls,
    provider_certificates,
    provider_links,
    provider_meeting,
    provider_messages,
    provider_papers,
    provider_search,
    provider_signing_links,
    moving_page,
    people,
    proposing,
    permission,
    provider_steps,
    provider_tray,
    referral,
)

VIEWS: tuple[DoorPages, ...] = (
    front_door.pages,
    guide_pages.pages,
    area_pages.pages,
    text_pages.pages,
    public_quotations.pages,
    public_mailing.pages,
    public_mailing.leaving,
    manager_texts.pages,
    manager_front_door.pages,
    manager_news.pages,
    manager_quotations.pages,
    front_referral.pages,
    authority_referral.pages,
    provider_call_backs.pages,
    provider_referrals.pages,
    authority_statistics.pages,
    manager_dashboard.pages,
    manager_shared.pages,
    authority_packs.pages,
    authority_keys.pages,
    api_v1.pages,
    manager_packs.pages,
    manager_packages.pages,
    authority_team.pages,
    authority_standing.pages,
    manager_authorities.pages,
    exports.manager,
    sign_in_pages.authority,
    sign_in_pages.every_place,
    sign_in_pages.of_authority,
    sign_in_pages.of_provider,
    authority_apart.pages,
    trail.authority,
    processing_pages.authority,
    processing_pages.manager,
    provider_protection.pages,
    incidents.authority,
    incidents.provider,
    trail.manager,
    change_pages.finance,
    manager_people.pages,
    manager_status.pages,
    authority_cases,
    authority_facilitation.pages,
    provider_facilitation.pages,
    account_notices.pages,
    account_calendar.pages,
    public_calendar.pages,
    provider_cases,
    provider_outage.pages,
    provider_panel.pages,
    authority_mediation.pages,
    provider_mediation.pages,
    provider_feedback.pages,
    complaint_pages.pages,
    complaining.pages,
    answering.pages,
    billing.authority,
    billing.finance,
    billing.joining,
    billing.hooks,
    family_pages,
    family_link.pages,
    agreement_signer.pages,
)
