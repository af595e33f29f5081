"""Every route of the service, with addresses that lead to rows that exist."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from werkzeug.routing import AnyConverter, Rule

from saas.web.access import AUTHORITY_ARGUMENT, LINK_ARGUMENT, SIGNING_ARGUMENT, Access
from tenants.statistics.dashboards.authority import OWN_BREAKDOWNS
from tenants.statistics.dashboards.series import MAKERS
from tenants.statistics.measures.definitions import CONFIDENTIAL, COUNTERS
from tests.walls.places import Place

# What stands in an address where it is neither an authority nor the id of a row.
VALUES: Mapping[str, Any] = {"year": 2026, "by": "stage", "version": 1, "news_key": "none"}
# The table of an id that is not named for it: `invoice_id` is the id of an `invoice`, and
# `case_id` of the one table whose name ends so.
TABLES: Mapping[str, str] = {
    "case_id": "sen_case",
    "document_id": "case_document",
    "note_id": "credit_note",
    "step_id": "agreed_step",
    "entry_id": "usage_entry",
    "draft_id": "invoice_draft",
    "fact_id": "case_fact",
    "filter_id": "saved_filter",
    "link_id": "family_link",
    "proposal_id": "correction_proposal",
    "report_id": "step_report",
}
# The same noun for another table, by a part of the address.
ELSEWHERE: Mapping[tuple[str, str], str] = {
    ("/agreement/steps/", "step_id"): "agreement_draft_step",
    ("/signing-links/", "link_id"): "signing_link",
    ("/meeting-links/", "link_id"): "participant_link",
}
# Not walked here, and why: their ids are those of the provider's own people, or of a run of
# invoices over all authorities, which is none's (tests/billing/runs/test_pages.py).
UNWALKED = re.compile(
    r"^/provider/(<authority>/)?panel/<uuid:person_id>|^/finance/runs/<uuid:run_id>"
    # No authority's: the layouts of banks' files (tests/billing/payments/test_layouts.py). People,
    # and what is one's own of signing in (tests/saas/sign_in).
    r"|^/finance/bank/layouts/<uuid:layout_id>|^/account/security/.*<uuid:"
    r"|^/(manager/people|authority/team)/<uuid:person_id>"
    # Where a council's own sign-in sends people back to (tests/saas/sign_in/test_work_account.py).
    r"|^/sign-in/work-account/back/<uuid:connection_id>"
    # Advisers' hours are the provider's, no authority's (tests/tenants/call_backs).
    r"|^/provider/call-backs/(hours|away)/<uuid:"
    # Nor is the mailing list's news (tests/tenants/front_door/test_news.py).
    r"|^/manager/public-pages/news/<uuid:"
)
# Rows that are one person's own: nobody else finds them, whatever else they may do.
PERSONAL = {"filter_id"}
# Pages that say something else for each question after the '?'.
QUESTIONS: Mapping[str, Sequence[Mapping[str, str]]] = {
    "authority_statistics.cases": [
        {"counter": one.key} for one in COUNTERS if one.key not in CONFIDENTIAL
    ],
    "authority_statistics.chart": [{"name": name} for name in MAKERS],
    "authority_statistics.chart_table": [{"name": name} for name in MAKERS],
    "manager_dashboard.borough_drawing": [{"name": name} for name in MAKERS],
    "manager_dashboard.borough_table": [{"name": name} for name in MAKERS],
    "manager_dashboard.measure_drawing": [
        {"name": name} for name in ("intervals", "funnel", "tiles")
    ],
    "authority_statistics.breakdown": [{"by": by} for by in OWN_BREAKDOWNS],
    "authority_statistics.breakdown_table": [{"by": by} for by in OWN_BREAKDOWNS],
}


def routes(app: Flask) -> list[Rule]:
    """The routes that views declare; static files are nobody's."""
    rules = (
        rule
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static" and not UNWALKED.match(rule.rule)
    )
    return sorted(rules, key=lambda rule: (rule.rule, rule.endpoint))


def access_of(app: Flask, rule: Rule) -> Access:
    declared: dict[str, Access] = app.extensions["access"]
    return declared[rule.endpoint]


def converter_of(rule: Rule, argument: str) -> str:
    return type(rule._converters[argument]).__name__


def id_arguments(rule: Rule) -> list[str]:
    """The arguments that name a row of a tenant, in the order of the address."""
    return [name for _, name in _parts(rule) if name.endswith("_id") and name not in VALUES]


def _parts(rule: Rule) -> Iterator[tuple[bool, str]]:
    for dynamic, name in rule._trace:
        if dynamic:
            yield dynamic, name


def table_of(rule: Rule, argument: str, place: Place) -> str:
    for (part, name), table in ELSEWHERE.items():
        if name == argument and part in rule.rule:
            return table
    if argument in TABLES:
        return TABLES[argument]
    noun = argument.removesuffix("_id")
    if noun in place.rows:
        return noun
    found = [name for name in place.rows if name.endswith(f"_{noun}")]
    assert len(found) == 1, f"say in tests/walls/walk.py which table {argument} is the id of"
    return found[0]


def arguments_of(rule: Rule, place: Place, *, ids_of: Place | None = None) -> dict[str, Any]:
    """What to put into the address, so that its rows belong together: the oldest of them.

    Args:
        ids_of: take the ids of rows from this place, though the authority in the address is
            still `place`.
    """
    return next(all_arguments_of(rule, place, ids_of=ids_of))


def all_arguments_of(
    rule: Rule, place: Place, *, ids_of: Place | None = None
) -> Iterator[dict[str, Any]]:
    """The same for every row that the last id of the address can name."""
    owner = ids_of or place
    fixed: dict[str, Any] = {}
    ids = id_arguments(rule)
    for name in rule.arguments - set(ids):
        converter = rule._converters[name]
        if name in (AUTHORITY_ARGUMENT, "area"):
            fixed[name] = place.tenancy.slug
        elif name == LINK_ARGUMENT:
            fixed[name] = place.family_token
        elif name == SIGNING_ARGUMENT:
            fixed[name] = place.signing.token
        elif name == "calendar_key":
            fixed[name] = place.calendar_key
        elif name == "participant_key":
            fixed[name] = place.participant_key
        elif name == "account_key":
            fixed[name] = place.account_key
        elif isinstance(converter, AnyConverter):
            fixed[name] = sorted(converter.items)[0]
        else:
            assert name in VALUES, f"{rule.rule}: say in tests/walls/walk.py what {name} may be"
            fixed[name] = VALUES[name]
    if not ids:
        yield fixed
        return
    # The last names the innermost row, which knows those around it.
    innermost = [
        row for row in owner.rows[table_of(rule, ids[-1], owner)] if _fits(rule, row, owner)
    ]
    assert innermost, f"{rule.rule}: there is no row for {ids[-1]}"
    # What both sides may read first: that page is there for everyone who may see the case.
    innermost.sort(key=lambda row: row.get("audience", "parties") != "parties")
    for row in innermost:
        given = {ids[-1]: row["id"]}
        given |= {name: row[name] for name in ids if name in row}
        for name in set(ids) - given.keys():
            given[name] = owner.rows[table_of(rule, name, owner)][0]["id"]
        yield fixed | given


def _fits(rule: Rule, row: Mapping[str, Any], owner: Place) -> bool:
    """A facilitation's pages are those of a case of that kind."""
    if "/facilitation" not in rule.rule:
        return True
    case_id = row.get("case_id", row["id"])
    return any(
        case["id"] == case_id and case["service"] == "facilitation"
        for case in owner.rows["sen_case"]
    )


def address(rule: Rule, arguments: Mapping[str, Any], **question: str) -> str:
    """The path of this very rule, and its first question if it needs one."""
    built = rule.build(dict(arguments), append_unknown=False)
    assert built is not None, f"{rule.rule} takes no {arguments}"
    asked: Mapping[str, str] = question or QUESTIONS.get(rule.endpoint, [{}])[0]
    return f"{built[1]}?{urlencode(asked)}" if asked else built[1]


def addresses(rule: Rule, place: Place) -> Iterator[str]:
    """Every address of a rule: of each row it can name, with each question it answers."""
    for arguments in all_arguments_of(rule, place):
        for question in QUESTIONS.get(rule.endpoint, [{}]):
            yield address(rule, arguments, **question)
