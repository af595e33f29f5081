"""What no text can hold is refused at the edge, at every address and in every kind of content."""

from __future__ import annotations

import io
import uuid
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from werkzeug.routing import AnyConverter, IntegerConverter, Rule, UUIDConverter

from saas.app import create_app
from saas.config import Settings
from saas.identity.permissions import ProviderRole
from tests.factories import client_of, make_person, make_tenant
from tests.walls.walk import routes

RULES = routes(
    create_app(
        Settings(environment="test", database_url="postgresql://none/none"),  # type: ignore[arg-type]
        TESTING=True,
    )
)
BAD_QUERIES = ("text=%00", "%00=1", "sort=a%00b", "authority=%ff", "period=%c3%28", "q=%ed%a0%80")
BAD_BYTES = ("%00", "a%00b", "%ff", "%c3%28")


def address_of(rule: Rule, text: str = "some-text") -> str:
    """An address of the rule, whether or not anything is there."""
    values: dict[str, Any] = {}
    for name in rule.arguments:
        converter = rule._converters[name]
        if isinstance(converter, UUIDConverter):
            values[name] = uuid.uuid4()
        elif isinstance(converter, IntegerConverter):
            values[name] = 2026
        elif isinstance(converter, AnyConverter):
            values[name] = sorted(converter.items)[0]
        else:
            values[name] = text
    built = rule.build(values, append_unknown=False)
    assert built is not None
    return built[1]


def test_every_address_refuses_it_in_a_question(app: Flask) -> None:
    client = app.test_client()
    for rule in RULES:
        method = "GET" if "GET" in (rule.methods or ()) else "POST"
        for query in BAD_QUERIES:
            answer = client.open(f"{address_of(rule)}?{query}", method=method)
            assert answer.status_code == 400, (rule.rule, query)


def test_every_address_that_takes_text_refuses_it_in_the_path(app: Flask) -> None:
    client = app.test_client()
    for rule in RULES:
        plain = address_of(rule, "here")
        if "here" not in plain:
            continue
        for bad in BAD_BYTES:
            answer = client.open(
                plain.replace("here", bad),
                method="GET" if "GET" in (rule.methods or ()) else "POST",
            )
            assert answer.status_code == 400, (rule.rule, bad)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ({"name": "a\0b"}, None),
        ({"na\0me": "b"}, None),
        (b"name=%00", "application/x-www-form-urlencoded"),
        (b"name=%ff", "application/x-www-form-urlencoded"),
        (b"name=\xff\xfe", "application/x-www-form-urlencoded"),
        (b'{"a": ["\\u0000"]}', "application/json"),
        (b'{"a\\u0000": 1}', "application/json"),
        (b'{"a": {"b": "\\ud800"}}', "application/json"),
        ({"paper": (io.BytesIO(b"x"), "a\0.pdf")}, "multipart/form-data"),
        ({"text": "a\0b", "paper": (io.BytesIO(b"x"), "a.pdf")}, "multipart/form-data"),
    ],
    ids=lambda given: None if given is None or isinstance(given, str) else "content",
)
def test_every_form_refuses_it(app: Flask, content: Any, kind: str | None) -> None:
    client = app.test_client()
    for rule in RULES:
        if "POST" not in (rule.methods or ()):
            continue
        if isinstance(content, dict):
            for value in content.values():
                if isinstance(value, tuple):
                    content = content | {"paper": (io.BytesIO(b"x"), value[1])}
        answer = client.post(address_of(rule), data=content, content_type=kind)
        assert answer.status_code == 400, rule.rule


def test_the_answer_is_a_page_in_the_frame_that_says_what_to_do(app: Flask) -> None:
    make_tenant(app)
    client = client_of(app, make_person(app, role=ProviderRole.COORDINATOR))
    for query in ("authority=%00", "text=%00"):
        answer = client.get(f"/provider/?{query}")
        assert answer.status_code == 400
        assert "We could not read that request" in answer.get_data(as_text=True)


@pytest.mark.parametrize("text", ["Zoë", "O’Brien", "أمينة", "名", "🙂", "a\ufffd", "100%", "a+b"])
def test_what_a_text_can_hold_goes_through(app: Flask, text: str) -> None:
    client = client_of(app, make_person(app, role=ProviderRole.COORDINATOR))
    assert client.get(f"/provider/?text={quote(text)}").status_code == 200


@pytest.mark.parametrize("query", ["text=%", "text=%zz", "a=" + "x" * 60_000, "&&==&", "text=%0"])
def test_odd_questions_are_answered_without_a_fault(app: Flask, query: str) -> None:
    client = client_of(app, make_person(app, role=ProviderRole.COORDINATOR))
    assert client.get(f"/provider/?{query}").status_code < 500
