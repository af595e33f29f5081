"""What is sent though rounds meet, servers are busy and workers are killed: once, and not lost."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import threading
import uuid

import pytest
import sqlalchemy as sa
from flask import Flask

from saas.config import ROOT, Settings
from saas.database.scope import Scope, scoped
from saas.identity.signed_in import Tenancy
from saas.messages.models import MessageState
from saas.messages.outbox import WAITS
from tenants.casework.kinds import FactKind
from tenants.notices.models import CaseNotice
from tests.factories import NOW, Someone, make_case, make_tenant
from tests.saas.messages.mail_server import MailServerDouble
from tests.tenants.notices.posting import (
    FAMILY,
    NAMED,
    PROVIDER,
    add,
    fix,
    messages,
    post,
)


@pytest.mark.usefixtures("fresh_app")
def test_two_rounds_at_once_send_each_message_once(
    fresh_app: Flask, smtp: MailServerDouble, tenant: Tenancy, officer: Someone,
    case: tuple[uuid.UUID, str],
) -> None:  # fmt: skip
    for day in range(9, 14):
        fix(tenant, case[0], f"2026-07-{day:02}")
    together = threading.Barrier(2)

    def round_of_post() -> None:
        with fresh_app.app_context():
            together.wait()
            post()

    threads = [threading.Thread(target=round_of_post) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    post()
    ids = [mail["Message-ID"] for mail in smtp.arrived]
    assert len(ids) == len(set(ids)) == 15
    assert len(smtp.to(officer.email)) == 5


@pytest.mark.usefixtures("fresh_app")
def test_a_mailbox_that_is_not_there_is_kept_as_a_bounce_and_not_tried_again(
    smtp: MailServerDouble, tenant: Tenancy, officer: Someone, case: tuple[uuid.UUID, str]
) -> None:
    smtp.refuses[FAMILY] = "550 5.1.1 No such mailbox"
    fix(tenant, case[0])
    assert post() == {MessageState.SENT: 2, MessageState.BOUNCED: 1}
    assert (FAMILY, "bounced", 1, "550 5.1.1 No such mailbox") in messages(tenant)
    assert post(NOW + dt.timedelta(days=3)) == {}
    assert smtp.to(officer.email)


@pytest.mark.usefixtures("fresh_app", "officer")
def test_a_busy_server_is_tried_again_later_and_later_and_then_given_up(
    smtp: MailServerDouble, tenant: Tenancy, case: tuple[uuid.UUID, str]
) -> None:
    smtp.refuses["*"] = "451 Try again later"
    add(tenant, case[0], FactKind.REPRESENTATIVE_NAMED, detail=NAMED)
    at = NOW
    for wait in WAITS[:-1]:
        assert post(at) == {MessageState.WAITING: 1}
        assert post(at + wait - dt.timedelta(seconds=1)) == {}
        at += wait
    assert post(at) == {MessageState.GIVEN_UP: 1}
    assert messages(tenant) == [(PROVIDER, "given_up", len(WAITS), "451 Try again later")]
    assert post(at + dt.timedelta(days=30)) == {}


@pytest.mark.usefixtures("fresh_app", "officer")
def test_a_server_that_comes_back_gets_what_waited(
    smtp: MailServerDouble, tenant: Tenancy, case: tuple[uuid.UUID, str]
) -> None:
    smtp.refuses["*"] = "421 Going down"
    add(tenant, case[0], FactKind.REPRESENTATIVE_NAMED, detail=NAMED)
    post()
    smtp.refuses.clear()
    assert post(NOW + WAITS[0]) == {MessageState.SENT: 1}
    assert messages(tenant) == [(PROVIDER, "sent", 2, None)]


KILLED = """
import datetime as dt, os
from pydantic import SecretStr
from saas.app import create_app
from saas.config import load_settings
from saas.messages import outbox
from tenants.notices.post import post_notices

def killed(*_):
    os._exit(9)

outbox._mark = killed
app = create_app(load_settings())
with app.app_context():
    post_notices(at=dt.datetime.fromisoformat(os.environ["AT"]))
"""


@pytest.mark.usefixtures("officer")
def test_a_worker_killed_after_sending_sends_the_same_again_and_loses_nothing(
    fresh_app: Flask, fresh_settings: Settings, smtp: MailServerDouble, tenant: Tenancy,
    case: tuple[uuid.UUID, str],
) -> None:  # fmt: skip
    """At least once: the mail server had it, and the worker died before it could say so."""
    add(tenant, case[0], FactKind.REPRESENTATIVE_NAMED, detail=NAMED)
    died = subprocess.run(
        [sys.executable, "-c", KILLED],
        cwd=ROOT,
        env={
            **os.environ,
            "FLASK_SKIP_DOTENV": "1",
            "ENVIRONMENT": "test",
            "AT": NOW.isoformat(),
            "DATABASE_URL": fresh_settings.database_url.get_secret_value(),
            "DATABASE_ROLE_PREFIX": fresh_settings.database_role_prefix,
            "MAIL_URL": smtp.url,
            "PROVIDER_EMAIL": PROVIDER,
        },
        check=False,
        timeout=60,
    )
    assert died.returncode == 9
    assert len(smtp.arrived) == 1
    assert messages(tenant) == [(PROVIDER, "waiting", 1, None)]
    assert post() == {}
    assert post(NOW + WAITS[0]) == {MessageState.SENT: 1}
    first, second = smtp.arrived
    assert first["Message-ID"] == second["Message-ID"]


@pytest.mark.usefixtures("smtp", "officer")
def test_an_event_is_addressed_once_though_the_addressing_is_interrupted(
    fresh_app: Flask, tenant: Tenancy, case: tuple[uuid.UUID, str]
) -> None:
    fix(tenant, case[0])
    post()
    with scoped(Scope.worker(tenant.id)) as session:
        # As if the worker had died before it could say that it was done.
        session.execute(sa.update(CaseNotice).values(addressed_at=None))
    assert post() == {}
    assert len(messages(tenant)) == 3


@pytest.mark.usefixtures("fresh_app", "officer")
def test_one_authoritys_trouble_keeps_no_other_waiting(
    fresh_app: Flask, smtp: MailServerDouble, tenant: Tenancy, case: tuple[uuid.UUID, str]
) -> None:
    other = make_tenant(fresh_app)
    theirs, _ = make_case(fresh_app, other)
    with scoped(Scope.worker(tenant.id)) as session:
        session.execute(
            sa.insert(CaseNotice).values(
                tenant_id=tenant.id, case_id=case[0], event="meeting_fixed", audience="parties",
                detail={"uid": "x"}, caused_at=NOW,
            )
        )  # fmt: skip
    add(other, theirs, FactKind.CLOSED)
    with pytest.raises(KeyError):
        post()
    assert [mail["To"] for mail in smtp.arrived] == [PROVIDER]
