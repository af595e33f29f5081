"""What was written down is done once it is committed, and not before."""

from __future__ import annotations

import datetime as dt
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from billing.tasks import BillingTask
from saas.database.scope import Scope, scoped
from saas.identity.signed_in import Tenancy
from tests.billing.making import account_of, issue_period, work_through
from tests.factories import make_tenant

NOW = dt.datetime(2026, 4, 6, 9, tzinfo=dt.UTC)


@pytest.fixture(name="folder")
def mail_folder(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings = app.extensions["settings"].model_copy(update={"var_dir": tmp_path})
    monkeypatch.setitem(app.extensions, "settings", settings)
    folder: Path = settings.mail_folder
    return folder


def mails(folder: Path, tenant: Tenancy) -> list[EmailMessage]:
    found = [
        BytesParser(EmailMessage, policy=policy.default).parsebytes(path.read_bytes())
        for path in folder.glob("*.eml")
    ]
    return [mail for mail in found if mail["To"] == f"invoices@{tenant.slug}.example"]


def open_tasks(tenant: Tenancy) -> list[str]:
    with scoped(Scope.finance(tenant.id, None)) as session:
        return list(
            session.scalars(
                sa.select(BillingTask.kind).where(
                    BillingTask.tenant_id == tenant.id, BillingTask.done_at.is_(None)
                )
            )
        )


def test_an_issued_invoice_is_sent_with_its_pdf_and_xml_once(app: Flask, folder: Path) -> None:
    tenant = make_tenant(app)
    account_of(app, tenant)
    invoice = issue_period(app, tenant)
    assert "send invoice" in open_tasks(tenant)
    for _ in range(2):
        work_through(at=NOW)
    (mail,) = mails(folder, tenant)
    assert mail["Subject"] == f"Invoice {invoice.number}"
    names = [part.get_filename() for part in mail.iter_attachments()]
    assert names == [f"{invoice.number}.pdf", f"{invoice.number}.xml"]
    assert open_tasks(tenant) == []


def test_what_fails_is_tried_again_later(
    app: Flask, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant = make_tenant(app)
    account_of(app, tenant)
    issue_period(app, tenant)
    settings = app.extensions["settings"]
    # Nothing listens there.
    nowhere = type(settings.secret_key)("smtp+plain://127.0.0.1:9")
    broken = settings.model_copy(update={"mail_url": nowhere})
    with monkeypatch.context() as patched:
        patched.setitem(app.extensions, "settings", broken)
        work_through(at=NOW)
    assert open_tasks(tenant) == ["send invoice"]
    work_through(at=NOW)
    assert mails(folder, tenant) == [], "it is not time yet"
    work_through(at=NOW + dt.timedelta(hours=1))
    assert len(mails(folder, tenant)) == 1
