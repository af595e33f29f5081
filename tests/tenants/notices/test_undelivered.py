"""A message that comes back later: marked by the command, its link ended, a task for somebody."""

from __future__ import annotations

import io
import mailbox
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import Result
from flask import Flask
from pydantic import SecretStr

from saas.app import create_app
from saas.config import Settings
from saas.database.scope import Scope, scoped
from saas.identity.permissions import ProviderRole
from saas.identity.signed_in import Tenancy
from saas.messages.models import Message
from tenants.notices.post import post_notices
from tests.conftest import close_connections
from tests.factories import NOW, client_of, make_person, make_tenant
from tests.page_client import PageClient
from tests.saas.messages.mail_server import MailServerDouble
from tests.saas.messages.reports import bare, exchange, out_of_office, postfix
from tests.tenants.access_links import test_by_email as by_email

pytestmark = pytest.mark.usefixtures("standing_clock")
smtp = by_email.smtp
tenant = by_email.tenant


def bounces(app: Flask, *args: str, report: bytes = b"") -> Result:
    return app.test_cli_runner().invoke(
        args=["messages", "bounces", *args], input=io.BytesIO(report)
    )


@pytest.fixture
def coordinator(fresh_app: Flask) -> PageClient:
    return by_email.coordinator_of(fresh_app)


def sent(app: Flask, tenant: Tenancy, coordinator: PageClient) -> tuple[uuid.UUID, uuid.UUID]:
    """A case, and the message with a link that its family was sent."""
    case_id = by_email.family_case(app, tenant)
    by_email.send(coordinator, tenant, case_id)
    post_notices(at=NOW)
    with scoped(Scope.provider(tenant.id, None)) as session:
        message = session.scalar(sa.select(Message.id).where(Message.subject_id == case_id))
    assert message is not None
    return case_id, message


def state(tenant: Tenancy, message: uuid.UUID) -> tuple[str, bool, str | None]:
    with scoped(Scope.provider(tenant.id, None)) as session:
        row = session.get_one(Message, (tenant.id, message))
        return row.state, row.bounced_at is not None, row.answer


@pytest.mark.parametrize("shape", [postfix, exchange, bare], ids=lambda shape: shape.__name__)
def test_a_report_on_standard_input_marks_the_message_of_whichever_authority(
    fresh_app: Flask,
    smtp: MailServerDouble,
    tenant: Tenancy,
    coordinator: PageClient,
    shape: Callable[[uuid.UUID], bytes],
) -> None:
    make_tenant(fresh_app)
    _, message = sent(fresh_app, tenant, coordinator)
    (path,) = by_email.links_in(smtp)
    assert by_email.opens(fresh_app, path)
    report = shape(message)
    done = bounces(fresh_app, report=report)
    assert (done.exit_code, done.output) == (0, "marked: 1\n")
    known, back, answer = state(tenant, message)
    assert (known, back) == ("bounced", True) and answer
    assert not by_email.opens(fresh_app, path), "nobody is where the link lies"
    again = bounces(fresh_app, report=report)
    assert (again.exit_code, again.output) == (0, "known already: 1\n")


def test_the_coordinator_has_it_as_a_task_until_it_is_dealt_with(
    fresh_app: Flask, smtp: MailServerDouble, tenant: Tenancy, coordinator: PageClient
) -> None:
    case_id, message = sent(fresh_app, tenant, coordinator)
    page = f"/provider/{tenant.slug}/cases/{case_id}"
    assert "did not arrive" not in coordinator.get(page).text
    bounces(fresh_app, report=postfix(message))
    shown = coordinator.get(page).text
    assert "Messages that did not arrive" in shown
    assert "Recipient address rejected: User unknown" in shown
    party = by_email.party_of(tenant, case_id)
    assert f"{page}/contact/{party}" in shown
    smtp.arrived.clear()
    post_notices(at=NOW)
    (mail,) = smtp.arrived
    assert mail["Subject"].endswith(": an e-mail came back")
    assert mail["To"] == "mediation@provider.example", "nobody has the case yet"
    done = coordinator.submit(page, action=f"{page}/messages/{message}/dealt-with")
    assert done.status_code == 302
    assert "did not arrive" not in coordinator.get(page).text
    assert "Dealt with by Robin Example" in coordinator.get(f"{page}/messages").text


def test_a_mediator_sees_it_and_leaves_it_to_the_coordinator(
    fresh_app: Flask, smtp: MailServerDouble, tenant: Tenancy, coordinator: PageClient
) -> None:
    case_id, message = sent(fresh_app, tenant, coordinator)
    bounces(fresh_app, report=postfix(message))
    manager = client_of(fresh_app, make_person(fresh_app, role=ProviderRole.MEDIATOR))
    fresh_app.config["WTF_CSRF_ENABLED"] = False
    address = f"/provider/{tenant.slug}/cases/{case_id}/messages/{message}/dealt-with"
    assert manager.post(address).status_code == 403
    assert coordinator.post(address.replace(str(message), str(uuid.uuid4()))).status_code == 404


def test_what_is_no_report_of_ours_is_passed_over_without_an_error(
    fresh_app: Flask, smtp: MailServerDouble, tenant: Tenancy, coordinator: PageClient
) -> None:
    _, message = sent(fresh_app, tenant, coordinator)
    for report, words in (
        (
            out_of_office(),
            "passed over, this is no delivery status notification, nor a mail server's letter: 1",
        ),
        (postfix(message, action="delayed"), "passed over, this reports no failure"),
        (postfix(uuid.uuid4()), "not ours: 1"),
        (b"", "passed over"),
    ):
        done = bounces(fresh_app, report=report)
        assert done.exit_code == 0 and done.output.startswith(words)
    assert state(tenant, message) == ("sent", False, None)


def test_a_maildir_is_read_once(
    fresh_app: Flask,
    smtp: MailServerDouble,
    tenant: Tenancy,
    coordinator: PageClient,
    tmp_path: Path,
) -> None:
    _, message = sent(fresh_app, tenant, coordinator)
    box = mailbox.Maildir(tmp_path / "bounces")
    box.add(postfix(message))
    box.add(out_of_office())
    first = bounces(fresh_app, "--maildir", str(tmp_path / "bounces"))
    assert "marked: 1" in first.output and "passed over" in first.output
    assert bounces(fresh_app, "--maildir", str(tmp_path / "bounces")).output == ""
    assert state(tenant, message)[0] == "bounced"


def test_files_are_read_as_well(
    fresh_app: Flask,
    smtp: MailServerDouble,
    tenant: Tenancy,
    coordinator: PageClient,
    tmp_path: Path,
) -> None:
    _, message = sent(fresh_app, tenant, coordinator)
    file = tmp_path / "back.eml"
    file.write_bytes(exchange(message))
    assert bounces(fresh_app, str(file)).output == "marked: 1\n"


def test_a_message_that_was_refused_at_once_is_a_task_as_well(
    fresh_app: Flask, smtp: MailServerDouble, tenant: Tenancy, coordinator: PageClient
) -> None:
    smtp.refuses["*"] = "550 5.1.1 No such mailbox"
    case_id, message = sent(fresh_app, tenant, coordinator)
    assert state(tenant, message) == ("bounced", False, "550 5.1.1 No such mailbox")
    page = coordinator.get(f"/provider/{tenant.slug}/cases/{case_id}").text
    assert "Messages that did not arrive" in page


def test_a_database_that_does_not_answer_has_the_server_try_again(
    fresh_settings: Settings,
) -> None:
    nowhere = fresh_settings.model_copy(
        update={"database_url": SecretStr("postgresql://owner:x@127.0.0.1:9/nothing")}
    )
    app = create_app(nowhere, TESTING=True)
    try:
        done = bounces(app, report=postfix())
    finally:
        close_connections(app)
    assert done.exit_code == 75
