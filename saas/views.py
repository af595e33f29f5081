"""The pages of every feature, in the order in which they are put into the service."""

from __future__ import annotations

from billing import views as billing
from billing.usage import manager as manager_packages
from saas.web.access import DoorPages
from tenants.casework import authority_acts as authority_cases
from tenants.casework import provider as provider_cases
from tenants.casework.family import agreement as family_agreement
from tenants.casework.family import consent as family_consent
from tenants.casework.family import documents as family_documents
from tenants.casework.family.pages import pages as family_pages
from tenants.casework.notices import account as account_notices
from tenants.casework.personal_links import public as family_link
from tenants.casework.signing_links import pages as agreement_signer
from tenants.facilitation import authority as authority_facilitation
from tenants.facilitation import provider as provider_facilitation
from tenants.feedback import complaint_pages
from tenants.feedback import provider as provider_feedback
from tenants.front_door import public as front_door
from tenants.mediation import authority as authority_mediation
from tenants.mediation import family as family_dates
from tenants.mediation import provider as provider_mediation
from tenants.mediation import provider_meeting
from tenants.panel import provider as provider_panel
from tenants.statistics import api as api_v1
from tenants.statistics import authority as authority_statistics
from tenants.statistics import authority_keys, authority_packs, manager_packs, manager_shared
from tenants.statistics import manager as manager_dashboard
from tenants.subscribers import manager as manager_people

# Imported for the pages that it adds.
_ = (family_agreement, family_consent, family_dates, family_documents, provider_meeting)

VIEWS: tuple[DoorPages, ...] = (
    front_door.pages,
    authority_statistics.pages,
    manager_dashboard.pages,
    manager_shared.pages,
    authority_packs.pages,
    authority_keys.pages,
    api_v1.pages,
    manager_packs.pages,
    manager_packages.pages,
    manager_people.pages,
    authority_cases.pages,
    authority_facilitation.pages,
    provider_facilitation.pages,
    account_notices.pages,
    provider_cases.pages,
    provider_panel.pages,
    authority_mediation.pages,
    provider_mediation.pages,
    provider_feedback.pages,
    complaint_pages.pages,
    billing.authority,
    billing.finance,
    billing.hooks,
    family_pages,
    family_link.pages,
    agreement_signer.pages,
)
