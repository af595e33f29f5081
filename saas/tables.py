"""Every table of the service, so that the migrations and the catalogue test see them all."""

from billing import models as _billing
from saas.audit import models as _audit
from saas.database.base import Base
from saas.identity import account_links as _account_links
from saas.identity import connections as _connections
from saas.identity import habits as _habits
from saas.identity import last_writes as _last_writes
from saas.identity import models as _identity
from saas.identity import second_factor as _second_factor
from saas.identity import sessions as _sessions
from saas.messages import models as _messages
from saas.page_counts import models as _page_counts
from saas.reference import models as _reference
from saas.task_runs import models as _task_runs
from tenants.access_links import models as _family
from tenants.access_links import participant_models as _participant_links
from tenants.access_links import requests as _link_requests
from tenants.access_links import second_check as _second_check
from tenants.access_links import signing_models as _signing_links
from tenants.agreements import models as _agreement
from tenants.agreements import step_reports as _step_reports
from tenants.calendars import models as _calendars
from tenants.call_backs import models as _call_backs
from tenants.casework import models as _casework
from tenants.casework.kept import models as _kept
from tenants.casework.reported_facts import models as _said
from tenants.corrections import models as _corrections
from tenants.facilitation import models as _facilitation
from tenants.feedback import models as _feedback
from tenants.front_door import models as _areas
from tenants.front_door.mailing import models as _mailing
from tenants.front_door.mailing import news_models as _news
from tenants.front_door.quotations import models as _quotations
from tenants.front_door.texts import models as _public_texts
from tenants.incidents import models as _incidents
from tenants.mediation import models as _mediation
from tenants.notices import models as _notices
from tenants.notices import telling as _telling
from tenants.panel import models as _panel
from tenants.papers import models as _documents
from tenants.protection import models as _protection
from tenants.protection.answers import models as _answers
from tenants.referring import models as _referring
from tenants.restrictions import models as _restrictions
from tenants.statistics.measures import models as _statistics
from tenants.subscribers import models as _subscribers
from tenants.subscribers import reference_numbers as _reference_numbers
from tenants.subscribers import standing as _standing
from tenants.tenure import models as _tenure
from tenants.worktrays import models as _worktrays

__all__ = ["Base"]

_ = (
    _agreement,
    _answers,
    _areas,
    _audit,
    _billing,
    _calendars,
    _call_backs,
    _casework,
    _corrections,
    _family,
    _link_requests,
    _facilitation,
    _documents,
    _feedback,
    _account_links,
    _connections,
    _habits,
    _second_check,
    _second_factor,
    _sessions,
    _identity,
    _messages,
    _notices,
    _telling,
    _incidents,
    _mailing,
    _news,
    _mediation,
    _page_counts,
    _public_texts,
    _quotations,
    _panel,
    _protection,
    _participant_links,
    _restrictions,
    _reference,
    _reference_numbers,
    _referring,
    _signing_links,
    _statistics,
    _step_reports,
    _subscribers,
    _standing,
    _tenure,
    _task_runs,
    _worktrays,
    _said,
    _kept,
    _last_writes,
)
