"""Lists that many people open, and an authority with many cases in them."""

from __future__ import annotations

import datetime as dt

from saas.database.scope import Scope, scoped
from saas.documents.content import Provider
from saas.identity.signed_in import Tenancy
from tenants.casework.kinds import FactKind
from tenants.imports.bulk.acts import Happened, NewCase
from tenants.imports.bulk.build import House, build_cases
from tenants.imports.bulk.write import write_cases
from tests.factories import TODAY, actor, referral

PROVIDER = Provider(
    name="Example Mediation", address=("1 Example Yard",), telephone="020 7946 0000", email=""
)
# The authority must name a representative, and offer dates: two things to do in each case.
TOLD = (
    (FactKind.MIAS_HELD, None),
    (FactKind.CHOICE_MADE, "mediate"),
    (FactKind.ADVISER_INFORMED_AUTHORITY, None),
)
LISTS = {
    "officer": (
        "/authority/",
        "/authority/?view=all&due=overdue",
        "/authority/steps",
        "/authority/to-do",
    ),
    "coordinator": ("/provider/?authority={slug}", "/provider/?view=unassigned", "/provider/steps"),
    "manager": ("/manager/", "/provider/panel"),
    "admin": ("/manager/people",),
    "finance": ("/finance/contracts", "/finance/invoices", "/finance/debtors"),
}


def more_cases(tenant: Tenancy, count: int) -> None:
    with scoped(Scope.provider(tenant.id, None)) as session:
        house = House.of(session)
        cases = [
            NewCase(
                referral=referral(notice_sent=dt.date(2026, 3, 2), opened_on=dt.date(2026, 3, 9)),
                acts=tuple(
                    Happened(kind=kind, on=dt.date(2026, 3, 9), value=value, by=actor())
                    for kind, value in TOLD
                ),
                by=actor(),
            )
            for _ in range(count)
        ]
        built = build_cases(cases, house, today=TODAY)
        write_cases(session, built, house, provider=PROVIDER, by=actor())
