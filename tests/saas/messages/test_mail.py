"""An e-mail in plain words, in simple HTML, and with a calendar file where there is one."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest

from saas.messages.mail import Letter, Sender, build

AT = dt.datetime(2026, 6, 10, 9, 30, tzinfo=dt.UTC)
SENDER = Sender("Example Mediation", "post@provider.example", "020 7946 0000")
ID = uuid.UUID("01890000-0000-7000-8000-000000000001")


def letter(**changes: object) -> Letter:
    values: dict[str, object] = {
        "id": ID,
        "address": "officer@borough.example",
        "heading": "Case TRA-2026-0042: meeting date fixed",
        "paragraphs": ("In case TRA-2026-0042: meeting date fixed.", "Sign in & read it:"),
        "link": "https://service.example/authority/cases/1?a=1&b=2",
    }
    return Letter(**{**values, **changes})  # type: ignore[arg-type]


def test_both_forms_say_the_same_and_lead_to_the_case() -> None:
    mail = build(letter(), SENDER, at=AT)
    plain, html = (mail.get_body((kind,)) for kind in ("plain", "html"))
    assert plain is not None and html is not None
    text = plain.get_content()
    assert "In case TRA-2026-0042: meeting date fixed." in text
    assert "https://service.example/authority/cases/1?a=1&b=2" in text
    assert "telephone 020 7946 0000" in text
    page = html.get_content()
    assert "<p>Sign in &amp; read it:</p>" in page
    assert 'href="https://service.example/authority/cases/1?a=1&amp;b=2"' in page
    assert "<script" not in page and "<img" not in page


def test_one_sent_twice_is_known_as_the_same() -> None:
    first, second = (build(letter(), SENDER, at=AT + dt.timedelta(days=n)) for n in (0, 1))
    assert first["Message-ID"] == second["Message-ID"] == f"<{ID}@provider.example>"
    assert first["Auto-Submitted"] == "auto-generated"


def test_a_meeting_comes_as_an_invitation_and_as_a_file() -> None:
    calendar = "BEGIN:VCALENDAR\r\nMETHOD:CANCEL\r\nEND:VCALENDAR\r\n"
    mail = build(letter(calendar=calendar, calendar_method="CANCEL"), SENDER, at=AT)
    parts = {part.get_content_type(): part for part in mail.walk() if not part.is_multipart()}
    assert parts["text/calendar"].get_param("method") == "CANCEL"
    assert parts["application/ics"].get_filename() == "meeting.ics"
    assert parts["application/ics"].get_content() == calendar.encode()


def test_what_programs_read_leaves_as_it_stands_however_long_it_is() -> None:
    leave = f"https://service.example/news/leave/{'Ij' * 60}"
    host = f"{'long-' * 12}name.provider.example"
    mail = build(letter(leave=leave), Sender("Example", f"post@{host}", ""), at=AT)
    sent = mail.as_bytes(policy=mail.policy.clone(linesep="\r\n")).decode("ascii").split("\r\n")
    assert f"List-Unsubscribe: <{leave}>" in sent
    assert f"Message-ID: <{ID}@{host}>" in sent
    assert max(map(len, sent)) < 998  # RFC 5322 section 2.1.1


@pytest.mark.parametrize("address", ["two@a.example, b@b.example", "x\r\nBcc: y@z.example", "none"])
def test_an_address_that_is_none_or_several_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        build(letter(address=address), SENDER, at=AT)


def test_a_heading_of_two_lines_is_refused() -> None:
    with pytest.raises(ValueError, match="one line"):
        build(letter(heading="Case\r\nBcc: y@z.example"), SENDER, at=AT)
