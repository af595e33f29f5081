"""What is known of the catalogue: what no model maps, whose functions are whose."""

from __future__ import annotations

from typing import Any, LiteralString

import psycopg

from saas.database.scope import LoginRole

# Tables that no model maps, and the roles that reach them.
QUEUE = "procrastinate_"


UNMAPPED = {"alembic_version", "scope_seal"}


# A unique key of a tenant table starts with the tenant, or it tells of foreign values. These do
# not, because the register of authorities is public.
PUBLIC_KEYS = {
    ("subscriber", "uq_subscriber_slug"),
    ("subscriber", "uq_subscriber_dfe_number"),
    ("subscriber", "uq_subscriber_reference_prefix"),
}


# Roles without a tenant, and the tenant tables they reach: which authorities are served is
# public, signing in must find where a person works, and a personal link whose case it opens. The
# public hands referrals in, and reads none.
WITHOUT_A_TENANT = {
    # Anyone may complain, and read of complaints no more than how many came just now.
    # Who comes after an authority is public.
    LoginRole.PUBLIC: {"subscriber", "front_referral", "complaint", "authority_successor"},
    LoginRole.JOBS: {"subscriber"},
    LoginRole.IDENTITY: {
        *("subscriber", "membership", "family_link", "signing_link", "family_check"),
        # Whoever is suspended or leaves is told on every page.
        *("participant_link", "authority_suspension", "authority_leaving"),
    },
}


# Triggers that ask which cases are restricted, for whoever writes; nobody calls them.
TRIGGERS_OF_RESTRICTIONS = {
    "restricted_case_stays",
    "restricted_case_takes_no_fact",
    "restricted_case_is_not_told",
}


DEFINER_FUNCTIONS = {
    "scope_claims",
    "scope_tenant",
    "scope_person",
    "scope_lowest",
    "scope_agreement",
    "scope_party",
    "scope_signing_link",
    "measures_compared",
    "breakdown_compared",
    "note_change",
    "change_hashes",
    "empty_changes",
    "quoted_no_more",
    # Whether an authority is suspended or has left; whether what is left of it goes.
    *("authority_changes_nothing", "rest_is_deleted"),
    "advising_people",
    *TRIGGERS_OF_RESTRICTIONS,
}


# They open the token that a role presents, so whoever may connect may call them.
OPEN_FUNCTIONS = {name for name in DEFINER_FUNCTIONS if name.startswith("scope_")} - {
    "scope_claims"
}


# What some roles alone may call: the summary is kept by who writes cases, and the authority asks
# for what was suppressed already.
ROLE_FUNCTIONS = {
    "measured_now": {LoginRole.PROVIDER, LoginRole.ERASER},
    "what_keeps_case": {LoginRole.ERASER},
    "keep_measures": {LoginRole.PROVIDER},
    "measures_compared": {LoginRole.AUTHORITY},
    "breakdown_compared": {LoginRole.AUTHORITY},
    "change_hashes": {LoginRole.WORKER},
    "empty_changes": {LoginRole.ERASER},
    "rest_is_deleted": {LoginRole.ERASER},
    "advising_people": {
        *(LoginRole.PROVIDER, LoginRole.PROVIDER_READER, LoginRole.PANEL),
        *(LoginRole.FAMILY, LoginRole.PUBLIC),
    },
}


MAY_MAKE_TEMPORARY_TABLES = {LoginRole.PROVIDER}


OURS = "n.nspname NOT LIKE 'pg\\_%%' AND n.nspname <> 'information_schema'"


def rows(
    connection: psycopg.Connection, query: LiteralString, *parameters: Any
) -> list[tuple[Any, ...]]:
    return connection.execute(query, parameters).fetchall()
