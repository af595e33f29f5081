"""Reports of what could not be delivered are understood, whichever server wrote them."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saas.messages.bounces import NoBounce, read_bounce
from saas.messages.mail import Sender
from saas.messages.transport import MailServer
from tests.saas.messages.mail_server import mail_server
from tests.saas.messages.reports import (
    ID,
    bare,
    exchange,
    exim,
    international,
    out_of_office,
    postfix,
    qmail,
)
from tests.saas.messages.test_transport import MAIL


@pytest.mark.parametrize(
    ("report", "answer"),
    [
        (
            postfix(),
            "550 5.1.1 <jo@home.example>: Recipient address rejected: User unknown",
        ),
        (exchange(), "554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceeded"),
        (bare(), "5.4.1"),
        (
            exim(),
            "host mx.home.example [192.0.2.1] SMTP error from remote mail server after RCPT"
            " TO:<jo@home.example>: 550 5.1.1 No such user here",
        ),
        (qmail(), "Sorry, no mailbox here by that name. (#5.1.1)"),
        (international(), "550 5.1.1 No such user"),
    ],
    ids=["postfix", "exchange", "bare", "exim", "qmail", "international"],
)
def test_a_report_says_which_message_it_is_about_and_why(report: bytes, answer: str) -> None:
    bounce = read_bounce(report)
    assert bounce.ids == (ID,)
    assert bounce.answer == answer


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded"])
def test_a_delay_or_a_delivery_is_no_bounce(action: str) -> None:
    with pytest.raises(NoBounce, match="no failure"):
        read_bounce(postfix(action=action))
    with pytest.raises(NoBounce, match="no failure"):
        read_bounce(international(action=action))


def test_a_letter_of_qmail_that_is_no_end_is_no_bounce() -> None:
    with pytest.raises(NoBounce):
        read_bounce(qmail(says="I am going to try again."))


def test_an_automatic_answer_is_no_bounce() -> None:
    with pytest.raises(NoBounce, match="no delivery status"):
        read_bounce(out_of_office())


def test_a_report_about_anothers_message_names_none_of_ours() -> None:
    about_another = postfix().replace(str(ID).encode(), b"20260610.abc")
    with pytest.raises(NoBounce, match="which message"):
        read_bounce(about_another)


@given(st.binary(max_size=2000), st.integers(0, 2000))
def test_whatever_arrives_is_a_bounce_or_none(noise: bytes, at: int) -> None:
    whole = postfix()
    place = at % len(whole)
    for content in (noise, whole[:place] + noise + whole[place:]):
        try:
            read_bounce(content)
        except NoBounce:
            continue


def test_each_message_has_its_own_return_address_where_one_is_set_up() -> None:
    sender = Sender("Example", "post@provider.example", bounces="bounces@provider.example")
    back = sender.returns_to(ID)
    assert back == f"bounces+{ID.hex}@provider.example"
    assert Sender("Example", "post@provider.example").returns_to(uuid.uuid4()) == ""
    senders: list[str] = []
    with mail_server() as server:
        server.on_arrival = lambda: None
        server.on_sender = senders.append
        MailServer(server.url).send(MAIL, returns_to=back)
        MailServer(server.url).send(MAIL)
    assert senders == [back, "post@provider.example"]
    assert [mail["From"] for mail in server.arrived] == [MAIL["From"]] * 2
