"""What a case's page shows of its restriction, at every door."""

from __future__ import annotations

import sqlalchemy as sa

from saas.database.together import OF, TENANT, Asked
from tenants.restrictions.models import CaseRestriction, in_force

_SINCE = sa.select(sa.func.min(CaseRestriction.received_on).label("since")).where(
    CaseRestriction.tenant_id == TENANT, CaseRestriction.case_id == OF, in_force()
)


# Since when the case is restricted; None if it is not.
restriction_on_case_page = Asked(_SINCE, lambda _, rows: {"restricted_since": rows[0].since})
