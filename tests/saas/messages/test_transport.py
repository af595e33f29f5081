"""An e-mail is handed over to a real server, which may take it, put it off or refuse it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path

import pytest
from pydantic import SecretStr

from saas.config import Settings, SettingsError, load_settings
from saas.messages.mail import Letter, Sender, build
from saas.messages.transport import Bounced, Deferred, MailFolder, MailServer, open_transport
from tests.saas.messages.mail_server import MailServerDouble, mail_server

AT = dt.datetime(2026, 6, 10, 9, 30, tzinfo=dt.UTC)
MAIL = build(
    Letter(uuid.UUID(int=7), "to@borough.example", "Case A-2026-0001: closed", ("It is closed.",)),
    Sender("Example Mediation", "post@provider.example"),
    at=AT,
)


@pytest.fixture(name="server")
def started_server() -> Iterator[MailServerDouble]:
    with mail_server() as double:
        yield double


def test_a_server_gets_it(server: MailServerDouble) -> None:
    MailServer(server.url).send(MAIL)
    (arrived,) = server.arrived
    assert arrived["Subject"] == "Case A-2026-0001: closed"
    assert server.recipients == ["to@borough.example"]


def test_an_unknown_mailbox_is_a_bounce_with_the_servers_words(server: MailServerDouble) -> None:
    server.refuses["to@borough.example"] = "550 5.1.1 No such mailbox"
    with pytest.raises(Bounced, match=r"550 5\.1\.1 No such mailbox"):
        MailServer(server.url).send(MAIL)


def test_refused_content_is_a_bounce(server: MailServerDouble) -> None:
    server.refuses_content = "554 5.7.1 Refused by policy"
    with pytest.raises(Bounced, match="554"):
        MailServer(server.url).send(MAIL)


@pytest.mark.parametrize("part", ["recipient", "content"])
def test_a_server_that_is_busy_is_asked_again_later(server: MailServerDouble, part: str) -> None:
    if part == "recipient":
        server.refuses["*"] = "451 4.7.1 Try again later"
    else:
        server.refuses_content = "452 4.3.1 No space"
    with pytest.raises(Deferred, match=r"45[12]"):
        MailServer(server.url).send(MAIL)


def test_a_server_that_is_down_or_offers_no_tls_loses_nothing(server: MailServerDouble) -> None:
    with pytest.raises(Deferred):
        MailServer(f"smtp://127.0.0.1:{server.port}").send(MAIL)
    assert server.arrived == []
    with mail_server() as gone:
        url = gone.url
    with pytest.raises(Deferred):
        MailServer(url).send(MAIL)


def test_the_parts_of_the_address_are_understood() -> None:
    server = MailServer("smtps://the%40user:a%2Fpass@mail.example")
    assert (server.host, server.port, server.user, server.password) == (
        "mail.example",
        465,
        "the@user",
        "a/pass",
    )
    assert MailServer("smtp://mail.example").port == 587


def test_without_a_server_it_becomes_a_file(tmp_path: Path) -> None:
    settings = Settings(environment="development", var_dir=tmp_path)
    transport = open_transport(settings)
    assert isinstance(transport, MailFolder)
    transport.send(MAIL)
    transport.send(MAIL)
    (file,) = (tmp_path / "mail").iterdir()
    assert file.suffix == ".eml"
    assert file.stat().st_mode & 0o777 == 0o600
    assert message_from_bytes(file.read_bytes())["To"] == "to@borough.example"


PRODUCTION = {
    "environment": "production",
    "secret_key": SecretStr("s" * 32),
    "scope_key": SecretStr("c" * 32),
    "database_role_key": SecretStr("r" * 32),
    "database_url": SecretStr("postgresql://owner@db.example/service"),
    "public_url": "https://service.example",
    "trusted_hosts": ["service.example"],
    "provider_address": "1 Example Yard",
    "provider_email": "post@provider.example",
}


def test_production_does_not_start_without_a_server_or_with_an_open_line() -> None:
    with pytest.raises(SettingsError, match="MAIL_URL is missing"):
        load_settings(**PRODUCTION)
    with pytest.raises(SettingsError, match="must not be smtp\\+plain"):
        load_settings(**PRODUCTION, mail_url=SecretStr("smtp+plain://mail.example"))
    whole = load_settings(**PRODUCTION, mail_url=SecretStr("smtps://mail.example"))
    assert isinstance(open_transport(whole), MailServer)


@pytest.mark.parametrize(
    "url", ["mail.example:587", "http://mail.example", "smtp://", "smtps://:x"]
)
def test_an_address_that_is_none_is_refused_with_what_would_be_right(url: str) -> None:
    with pytest.raises(SettingsError, match="MAIL_URL: smtp://user:password@host:587") as refused:
        load_settings(environment="test", mail_url=SecretStr(url))
    assert "mail.example" not in str(refused.value)


@pytest.mark.parametrize("address", ["clamav", "http://clamav:3310", "clamav:port"])
def test_a_scanner_at_no_address_is_refused(address: str) -> None:
    with pytest.raises(SettingsError, match="CLAMD_URL"):
        load_settings(environment="test", clamd_url=address)
