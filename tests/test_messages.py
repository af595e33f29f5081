"""Every error of every form is in our words: no message of the libraries reaches a reader."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from types import ModuleType

import flask_wtf.csrf
import flask_wtf.file
import pytest
import wtforms.fields
import wtforms.validators
from flask import Flask
from werkzeug.datastructures import MultiDict

from saas.web.forms import PageForm

# It starts the service when it is imported.
NOT_TO_IMPORT = ("saas.wsgi",)
# What a field may be sent that is not what it asks for.
WRONG = ("", " ", "no such value", "x" * 6000, "-1", "99999999999", "1e999", "12.3456", "\x00", "٣")


def _modules(package: ModuleType) -> Iterator[ModuleType]:
    yield package
    for info in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if info.name in NOT_TO_IMPORT:
            continue
        yield importlib.import_module(info.name)


def library_messages() -> list[re.Pattern[str]]:
    """The default messages of WTForms and Flask-WTF, read from their sources."""
    sources = [inspect.getsource(module) for module in _modules(wtforms.fields)]
    sources += [
        inspect.getsource(module) for module in (wtforms.validators, flask_wtf.csrf, flask_wtf.file)
    ]
    found = re.findall(
        r"""(?:gettext\(|ngettext\(|message = |ValidationError\()\s*\(?["']([A-Z][^"'\n]+)["']""",
        "\n".join(sources),
    )
    singular_and_plural = re.findall(r'"(Field [^"]+)"', "\n".join(sources))
    return [
        re.compile(re.sub(r"%\\\(\w+\\\)[sd]|%[sd]|\\\{\w*\\\}", ".*", re.escape(text)))
        for text in {*found, *singular_and_plural}
    ]


def all_forms() -> list[type[PageForm]]:
    for name in ("saas", "tenants", "billing"):
        for _ in _modules(importlib.import_module(name)):
            pass
    found: list[type[PageForm]] = []
    waiting = [PageForm]
    while waiting:
        form = waiting.pop()
        waiting += form.__subclasses__()
        if form.__module__.split(".")[0] in ("saas", "tenants", "billing"):
            found.append(form)
    return sorted(set(found), key=lambda one: f"{one.__module__}.{one.__name__}")


def errors_of(app: Flask, form_class: type[PageForm], value: str) -> Iterator[tuple[str, str]]:
    """Each error of the form when every field has this value, after the name of its field."""
    with app.test_request_context("/", method="POST"):
        names = [name for name, _ in form_class()._fields.items()]
        sent = MultiDict((name, value) for name in names)
        for name in names:
            for part in ("day", "month", "year"):
                sent[f"{name}-{part}"] = value
        form = form_class(formdata=sent)
        for field in form:
            if not getattr(field, "choices", True):
                field.choices = [("one", "One")]  # the page gives them
        form.validate()
        for name, texts in form.errors.items():
            for text in texts if isinstance(texts, list | tuple) else [texts]:
                yield str(name), str(text)


def test_the_librarys_messages_are_known() -> None:
    texts = [pattern.pattern for pattern in library_messages()]
    for known in (
        "This\\ field\\ is\\ required",
        "Not\\ a\\ valid\\ choice",
        "The\\ CSRF\\ tokens",
    ):
        assert any(known in text for text in texts), known
    assert any("longer" in text for text in texts)


@pytest.mark.parametrize("form_class", all_forms(), ids=lambda one: one.__name__)
def test_no_message_of_a_library_reaches_a_reader(app: Flask, form_class: type[PageForm]) -> None:
    foreign = library_messages()
    for value in WRONG:
        for name, text in errors_of(app, form_class, value):
            if name == "csrf_token":
                continue  # refused before any form is read (tests/saas/test_kept_entries.py)
            assert text and text[0].isupper(), f"{name}: {text!r} is no sentence"
            for pattern in foreign:
                assert not pattern.match(text), f"{name} sent {value[:20]!r}: {text!r}"
