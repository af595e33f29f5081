"""The demonstration has news that were sent, and a draft; and an introduction with its versions."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Flask

from saas.database.scope import Scope, scoped
from saas.demo.people import EXAMPLE
from saas.demo.public_pages import seed_public_pages
from tenants.front_door.mailing.models import MailingAddress
from tenants.front_door.mailing.news import news_listed
from tenants.front_door.texts.actions import area_text, versions_of
from tests.factories import TODAY


def test_there_are_a_draft_news_that_were_sent_and_versions(fresh_app: Flask) -> None:
    for _ in range(2):
        with fresh_app.app_context():
            seed_public_pages([], TODAY)
    with scoped(Scope.all_cases(None)) as session:
        draft, *sent = news_listed(session, offset=0, limit=9)
        introductions = versions_of(session, area_text(EXAMPLE), limit=9)
    assert draft.is_draft and len(sent) == 2
    assert all(item.is_finished and item.sent for item in sent)
    assert [item.not_taken for item in sent] == [0, 1]
    assert len(introductions) == 2
    with scoped(Scope.identity()) as session:
        readers = session.scalar(sa.select(sa.func.count()).select_from(MailingAddress)) or 0
    assert max(item.total for item in sent) <= readers
