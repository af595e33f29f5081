"""The roles people have, and what each role may do."""

from __future__ import annotations

from enum import StrEnum


class AuthorityRole(StrEnum):
    """A place in an authority's team."""

    OFFICER = "officer"
    MANAGER = "manager"
    FINANCE = "finance"
    AUDITOR = "auditor"


class ProviderRole(StrEnum):
    """A place at the provider."""

    COORDINATOR = "coordinator"
    ADVISER = "adviser"
    MEDIATOR = "mediator"
    MANAGER = "manager"
    FINANCE = "finance"
    ADMIN = "admin"
    AUDITOR = "auditor"


class Permission(StrEnum):
    """What a page or an act asks for. The values are the words people read."""

    ANYONE = "Open to everyone"
    SIGNED_IN = "Anyone signed in"
    BY_PERSONAL_LINK = "Whoever holds the personal link of a case"
    BY_UNPROVEN_LINK = "Whoever holds a personal link, before the date of birth is given"
    BY_SIGNING_LINK = "Whoever holds the link by which one agreement is signed"
    SEE_OWN_CASES = "See the authority's own cases"
    ACT_ON_OWN_CASES = "Do the authority's part in its own cases"
    SEE_OWN_STATISTICS = "See the authority's own statistics"
    MANAGE_API_TOKENS = "Make and withdraw the authority's keys to the API"
    SEE_OWN_INVOICES = "See the authority's own invoices"
    SEE_CASES = "See cases of every authority"
    EXPORT_CASES = "Take a list of cases away as a file"
    SEE_APPOINTED_CASES = "See the cases one is appointed to"
    RECORD_CASES = "Record cases and what happens in them"
    ARRANGE_MEETINGS = "Arrange and record the meetings of the cases one sees"
    ISSUE_CERTIFICATES = "Issue certificates"
    SEE_PANEL = "See the panel of mediators and facilitators"
    KEEP_PANEL = "Keep the panel's papers, areas and days away"
    WRITE_AGREEMENTS = "Write agreements and send them to be signed"
    MOVE_CASES = "Move a case that was opened with the wrong authority"
    HANDLE_INCIDENTS = "Record breaches of personal data, and who was told of them"
    HANDLE_COMPLAINTS = "Record complaints about the service and how they were answered"
    SEE_DASHBOARDS = "See figures across authorities"
    RELEASE_PACKS = "Write and release report packs"
    KEEP_PUBLIC_PAGES = "Write the public pages and see how they are used"
    CHOOSE_QUOTATIONS = "Choose which words with consent are shown to everyone"
    EXPORT_MAILING_LIST = "Take the mailing list away as a file"
    SEE_ACCOUNTS = "See contracts and invoices of every authority"
    ISSUE_INVOICES = "Draft and issue invoices"
    SEE_PEOPLE = "See who has access"
    MANAGE_PEOPLE = "Invite people, change their roles and suspend them"
    SEE_SUBSCRIBERS = "See which authorities subscribe, are suspended or leave"
    SUSPEND_AUTHORITIES = "Suspend an authority, and lift that"
    END_SUBSCRIPTIONS = (
        "Record that an authority joins, with its contract, leaves or is succeeded; delete its rest"
    )
    SEE_SERVICE = "See how the service stands: its worker, mail and backups"
    RUN_SERVICE = "Run again what failed behind the scenes"
    SEE_OWN_TEAM = "See who of the authority has access"
    MANAGE_OWN_TEAM = "Invite and suspend people of the authority, and change their roles"
    SEE_OWN_TRAIL = "See who did, saw and took away what of the authority's"
    SEE_TRAIL = "See the trail of every authority"
    SEE_WALLS = "See the walls between authorities checked"
    SEE_PROCESSING = "See the records of processing, and what is kept how long"
    ANSWER_PERSONS = "Take away what is held about a person who asks for it"
    PROTECT_DATA = "Hold, restrict and erase cases, and answer people about their data"


_EVERYONE = frozenset({Permission.ANYONE, Permission.SIGNED_IN})

AUTHORITY_PERMISSIONS: dict[AuthorityRole, frozenset[Permission]] = {
    AuthorityRole.OFFICER: _EVERYONE
    | {
        Permission.SEE_OWN_CASES,
        Permission.ACT_ON_OWN_CASES,
        Permission.SEE_OWN_STATISTICS,
    },
    AuthorityRole.MANAGER: _EVERYONE
    | {
        Permission.SEE_OWN_CASES,
        Permission.ACT_ON_OWN_CASES,
        Permission.SEE_OWN_STATISTICS,
        Permission.SEE_OWN_INVOICES,
        Permission.EXPORT_CASES,
        Permission.MANAGE_API_TOKENS,
        Permission.SEE_OWN_TEAM,
        Permission.MANAGE_OWN_TEAM,
        Permission.SEE_OWN_TRAIL,
        Permission.SEE_WALLS,
    },
    AuthorityRole.FINANCE: _EVERYONE | {Permission.SEE_OWN_INVOICES},
    # Reads what shows that the service is used rightly, and no case.
    AuthorityRole.AUDITOR: _EVERYONE
    | {
        Permission.SEE_OWN_STATISTICS,
        Permission.SEE_OWN_TEAM,
        Permission.SEE_OWN_TRAIL,
        Permission.SEE_WALLS,
    },
}

PROVIDER_PERMISSIONS: dict[ProviderRole, frozenset[Permission]] = {
    ProviderRole.COORDINATOR: _EVERYONE
    | {
        Permission.SEE_CASES,
        Permission.SEE_APPOINTED_CASES,
        Permission.RECORD_CASES,
        Permission.ARRANGE_MEETINGS,
        Permission.ISSUE_CERTIFICATES,
        Permission.SEE_PANEL,
        Permission.WRITE_AGREEMENTS,
        Permission.HANDLE_COMPLAINTS,
        Permission.HANDLE_INCIDENTS,
    },
    # Gives information and issues certificates; meetings are arranged by others.
    ProviderRole.ADVISER: _EVERYONE
    | {
        Permission.SEE_CASES,
        Permission.SEE_APPOINTED_CASES,
        Permission.RECORD_CASES,
        Permission.ISSUE_CERTIFICATES,
    },
    ProviderRole.MEDIATOR: _EVERYONE
    | {
        Permission.SEE_APPOINTED_CASES,
        Permission.ARRANGE_MEETINGS,
        Permission.WRITE_AGREEMENTS,
    },
    ProviderRole.MANAGER: _EVERYONE
    | {
        Permission.EXPORT_CASES,
        Permission.SEE_CASES,
        Permission.SEE_APPOINTED_CASES,
        Permission.SEE_DASHBOARDS,
        Permission.SEE_SUBSCRIBERS,
        Permission.SUSPEND_AUTHORITIES,
        Permission.SEE_SERVICE,
        Permission.RELEASE_PACKS,
        Permission.SEE_PANEL,
        Permission.KEEP_PANEL,
        Permission.MOVE_CASES,
        Permission.HANDLE_COMPLAINTS,
        Permission.HANDLE_INCIDENTS,
        Permission.SEE_PROCESSING,
        Permission.PROTECT_DATA,
        Permission.ANSWER_PERSONS,
        Permission.KEEP_PUBLIC_PAGES,
        Permission.CHOOSE_QUOTATIONS,
        Permission.EXPORT_MAILING_LIST,
    },
    ProviderRole.FINANCE: _EVERYONE | {Permission.SEE_ACCOUNTS, Permission.ISSUE_INVOICES},
    ProviderRole.ADMIN: _EVERYONE
    | {
        Permission.SEE_DASHBOARDS,
        Permission.SEE_SUBSCRIBERS,
        Permission.SUSPEND_AUTHORITIES,
        Permission.END_SUBSCRIPTIONS,
        Permission.SEE_SERVICE,
        Permission.RUN_SERVICE,
        Permission.SEE_PEOPLE,
        Permission.MANAGE_PEOPLE,
        Permission.SEE_TRAIL,
        Permission.SEE_PROCESSING,
        Permission.KEEP_PUBLIC_PAGES,
    },
    ProviderRole.AUDITOR: _EVERYONE
    | {
        Permission.SEE_DASHBOARDS,
        Permission.SEE_SUBSCRIBERS,
        Permission.SEE_SERVICE,
        Permission.SEE_PEOPLE,
        Permission.SEE_TRAIL,
        Permission.SEE_PROCESSING,
    },
}
