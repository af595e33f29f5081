"""Which nouns stand in the navigation of each door, and the frame of the page at hand."""

from __future__ import annotations

from flask import current_app, g, request, url_for

from saas.identity.permissions import Permission
from saas.identity.signed_in import SignedIn, Tenancy
from saas.sign_in.addresses import first_page
from saas.web.access import Access, signed_in
from saas.web.frame import Door, NavItem, PageFrame
from tenants.tenure.reading_only import notice_of

Entry = tuple[str, str, Permission]

NAVIGATION: dict[Door, list[Entry]] = {
    Door.AUTHORITY: [
        ("Cases", "authority_cases.tray", Permission.SEE_OWN_CASES),
        ("To do", "authority_cases.todo", Permission.SEE_OWN_CASES),
        ("Agreed steps", "authority_cases.steps", Permission.SEE_OWN_CASES),
        ("Statistics", "authority_statistics.year", Permission.SEE_OWN_STATISTICS),
        ("Invoices", "authority_billing.invoices", Permission.SEE_OWN_INVOICES),
        ("Team", "authority_team.members", Permission.SEE_OWN_TEAM),
    ],
    Door.PROVIDER: [
        ("Cases", "provider_cases.tray", Permission.SEE_APPOINTED_CASES),
        ("Agreed steps", "provider_cases.steps", Permission.SEE_APPOINTED_CASES),
        ("A call", "provider_cases.call", Permission.RECORD_CASES),
        ("New referral", "provider_cases.choose_authority", Permission.RECORD_CASES),
        ("Complaints", "provider_complaints.every_complaint", Permission.HANDLE_COMPLAINTS),
        ("Panel", "provider_panel.members", Permission.SEE_PANEL),
    ],
    Door.MANAGER: [
        ("Boroughs", "manager_dashboard.boroughs", Permission.SEE_DASHBOARDS),
        ("Complaints", "provider_complaints.every_complaint", Permission.HANDLE_COMPLAINTS),
        ("Panel", "provider_panel.members", Permission.SEE_PANEL),
        ("People", "manager_people.people", Permission.SEE_PEOPLE),
        ("Data protection", "manager_protection.overview", Permission.SEE_PROCESSING),
        ("Public pages", "manager_texts.texts", Permission.KEEP_PUBLIC_PAGES),
        ("Service", "manager_status.status", Permission.SEE_SERVICE),
    ],
    Door.FINANCE: [
        ("Contracts", "finance_billing.contracts", Permission.SEE_ACCOUNTS),
        ("Invoices", "finance_billing.invoices", Permission.SEE_ACCOUNTS),
        ("Invoice run", "finance_billing.run", Permission.ISSUE_INVOICES),
        ("Debtors", "finance_billing.debtors", Permission.SEE_ACCOUNTS),
        ("Bank", "finance_billing.bank", Permission.ISSUE_INVOICES),
        ("Reports", "finance_billing.reports", Permission.SEE_ACCOUNTS),
    ],
}
# Where pages belong that stand below another noun than the first of their blueprint: the views of
# each noun, all of finance's.
_BELOW = {
    "invoices": "invoice issued draft issue credit_invoice answer_dispute deliveries delivery",
    "run": "issue_run run_progress",
    "debtors": "reminders rates pause_invoice pause_authority claim_interest account new_payment "
    "stripe_cash pay_from_cash",
    "bank": "record_bank bank_columns",
    "reports": "stripe_side compare_with_stripe",
}
BELOW = {
    f"finance_billing.{view}": f"finance_billing.{noun}"
    for noun, views in _BELOW.items()
    for view in views.split()
}
BELOW |= {
    "authority_trail.trail": "authority_team.members",
    "authority_apart.apart": "authority_team.members",
    "authority_incidents.incidents": "authority_team.members",
    "authority_protection.overview": "authority_team.members",
    "authority_protection.own_processing": "authority_team.members",
    "authority_standing.own_exports": "authority_team.members",
    "authority_standing.standing": "authority_team.members",
    "manager_trail.every_trail": "manager_people.people",
    "manager_trail.every_change": "manager_people.people",
    "finance_changes.account_changes": "finance_billing.debtors",
    "manager_quotations.quotations": "manager_texts.texts",
    "manager_quotations.quotation": "manager_texts.texts",
    **dict.fromkeys(
        (
            *("manager_authorities.authorities", "manager_authorities.authority"),
            *("manager_authorities.suspension", "manager_authorities.leaving"),
            "manager_exports.exports",
            *("manager_authorities.successors", "manager_authorities.open_cases"),
            *("manager_authorities.deletion", "manager_joining.joining"),
        ),
        "manager_dashboard.boroughs",
    ),
    "manager_front_door.areas": "manager_texts.texts",
    "manager_front_door.area": "manager_texts.texts",
    "manager_front_door.versions": "manager_texts.texts",
    "manager_front_door.version": "manager_texts.texts",
    "manager_front_door.mailing_list": "manager_texts.texts",
    "manager_front_door.use": "manager_texts.texts",
    "manager_news.news": "manager_texts.texts",
    "manager_news.new": "manager_texts.texts",
    "manager_news.one": "manager_texts.texts",
    "manager_news.correction": "manager_texts.texts",
    "provider_call_backs.calls": "provider_cases.call",
    "provider_call_backs.hours": "provider_cases.call",
    "provider_referrals.referrals": "provider_cases.choose_authority",
    "provider_referrals.referral": "provider_cases.choose_authority",
    "provider_incidents.every_incident": "provider_complaints.every_complaint",
    "provider_incidents.incident": "provider_complaints.every_complaint",
    "provider_incidents.new_incident": "provider_complaints.every_complaint",
    "provider_outage.outage": "provider_cases.tray",
}
BELOW |= {
    f"{blueprint}.{view}": noun
    for blueprint, noun, views in (
        ("authority_sign_in", "authority_team.members", "overview change attempt switch_on"),
        ("manager_sign_in", "manager_people.people", "overview change attempt switch_on domains"),
        ("provider_sign_in", "manager_people.people", "overview change attempt switch_on domains"),
        ("sign_ins", "manager_people.people", "every"),
    )
    for view in views.split()
}
# Other doors that a person may also go through, shown at the end of the navigation.
FRONT_PAGES: list[tuple[Door, str, Permission, str]] = [
    (Door.PROVIDER, "Casework", Permission.SEE_APPOINTED_CASES, "provider_cases.tray"),
    (Door.MANAGER, "Dashboards", Permission.SEE_DASHBOARDS, "manager_dashboard.boroughs"),
    (Door.FINANCE, "Accounts", Permission.SEE_ACCOUNTS, "finance_billing.contracts"),
]


def _door() -> Door | None:
    view = current_app.view_functions.get(request.endpoint or "")
    access: Access | None = getattr(view, "access", None)
    return access.door if access else None


def _navigation(door: Door, person: SignedIn) -> list[NavItem]:
    blueprint = (request.endpoint or "").split(".")[0]
    items = [
        NavItem(text=text, href=url_for(endpoint), current=_is_current(endpoint, blueprint, door))
        for text, endpoint, permission in NAVIGATION.get(door, [])
        if person.may(permission)
    ]
    items += [
        NavItem(text=text, href=url_for(endpoint))
        for other, text, permission, endpoint in FRONT_PAGES
        if other is not door and person.may(permission)
    ]
    return items


def _is_current(endpoint: str, blueprint: str, door: Door) -> bool:
    endpoints = [e for _, e, _ in NAVIGATION[door]]
    own = BELOW.get(request.endpoint or "", request.endpoint)
    if own in endpoints:
        return own == endpoint
    firsts = [e for e in endpoints if e.split(".")[0] == blueprint]
    return bool(firsts) and firsts[0] == endpoint


def _search(door: Door, person: SignedIn) -> str | None:
    """Where cases are searched for: an authority's own, or those of all."""
    if door is Door.AUTHORITY:
        may = person.may(Permission.SEE_OWN_CASES)
        return url_for("authority_cases.search") if may else None
    may = person.may(Permission.SEE_APPOINTED_CASES)
    return url_for("provider_cases.search") if may else None


def _familys_page() -> str:
    if g.get("personal_link") is None:
        return url_for("front_door.home")
    return url_for("family_case.case")


def _signers_page() -> str:
    if g.get("signing_link") is None:
        return url_for("front_door.home")
    return url_for("agreement_signer.agreement")


def build_frame() -> PageFrame:
    """The frame of the page at hand: the door, whose place it is, and the person."""
    person = signed_in()
    door = _door()
    if door is Door.FAMILY:
        # Whoever is signed in here besides: the page is the family's.
        return PageFrame(door=door, home_href=_familys_page())
    if door is Door.SIGNER:
        return PageFrame(door=door, home_href=_signers_page())
    if person is None or door in (None, Door.PUBLIC):
        shown = door
        return PageFrame(
            door=shown,
            signed_in_name=person.name if person else None,
            account_href=url_for("identity.account") if person else None,
            sign_out_href=url_for("identity.sign_out") if person else None,
            home_href=first_page(person) if person else url_for("front_door.home"),
        )
    # A page that is refused is not inside an authority yet; an officer belongs to one all the same.
    tenancy: Tenancy | None = g.get("tenancy") or person.tenancy
    return PageFrame(
        door=door,
        place=tenancy.name if tenancy else "All boroughs",
        navigation=_navigation(door, person),
        signed_in_name=person.name,
        account_href=url_for("identity.account"),
        sign_out_href=url_for("identity.sign_out"),
        home_href=first_page(person),
        search_href=_search(door, person),
        notice=notice_of(tenancy.standing) if tenancy and door is Door.AUTHORITY else "",
        notice_href=url_for("authority_standing.standing") if door is Door.AUTHORITY else "",
    )
