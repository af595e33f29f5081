"""The languages in which the pages for families are shown, and what each is shown in.

English is complete. The others stand in `translations/CODE.po` and are read from there: nothing is
compiled, so nothing can be out of date. A language whose catalogue lacks a single message is not
offered at all, so that no page is half of one language and half of another.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

import flask
from babel.dates import format_date
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, has_request_context, request
from flask_babel import Babel, Domain, get_locale, gettext

from saas.config import ROOT
from saas.reference import calendar_words
from saas.reference.calendar_words import clock_words
from saas.reference.today import LONDON
from saas.web import dates

LazyText = Any
CATALOGUES = ROOT / "translations"
IN_SESSION = "language"
ARGUMENT = "lang"


@dataclass(frozen=True)
class Language:
    """A language: its code, what its speakers call it, and which way it is written."""

    code: str
    own_name: str
    direction: str = "ltr"


ENGLISH = Language("en", "English")
LANGUAGES: Mapping[str, Language] = MappingProxyType(
    {
        one.code: one
        for one in (
            ENGLISH,
            Language("pl", "Polski"),
            Language("ur", "اردو", "rtl"),
            Language("bn", "বাংলা"),
            Language("so", "Soomaali"),
            Language("ar", "العربية", "rtl"),
        )
    }
)


def catalogue_file(code: str) -> Path:
    return CATALOGUES / f"{code}.po"


@cache
def catalogue(code: str) -> Catalog:
    """The messages of a language, as its file has them."""
    with catalogue_file(code).open("rb") as file:
        return read_po(file, locale=code)


def untranslated(messages: Catalog) -> list[str]:
    """What a catalogue does not say yet, or nobody looked at since it changed."""
    return [
        str(message.id)
        for message in messages
        if message.id and (not message.string or message.fuzzy)
    ]


@cache
def _is_complete(code: str) -> bool:
    return code == ENGLISH.code or (
        catalogue_file(code).exists() and not untranslated(catalogue(code))
    )


@cache
def _translations(code: str) -> NullTranslations:
    if code == ENGLISH.code:
        return NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, catalogue(code))
    compiled.seek(0)
    return Translations(compiled)


class _Catalogues(Domain):  # type: ignore[misc]  # the library has no types
    """Flask-Babel's messages, read from the catalogues as they are."""

    def get_translations(self) -> NullTranslations:
        return _translations(language().code)


def is_translated(endpoint: str | None) -> bool:
    """Whether all that a page can say stands in the catalogues."""
    return endpoint in flask.current_app.extensions["translated_pages"]


def offered() -> list[Language]:
    """The languages in which the page at hand can be read; none where there is no choice."""
    if not has_request_context() or not is_translated(request.endpoint):
        return []
    return [one for one in LANGUAGES.values() if _is_complete(one.code)]


def language() -> Language:
    """The language of the page at hand."""
    locale = get_locale()
    return LANGUAGES.get(str(locale), ENGLISH) if locale else ENGLISH


def _chosen() -> str:
    if not has_request_context():
        return ENGLISH.code
    wanted = flask.session.get(IN_SESSION, ENGLISH.code)
    return wanted if wanted in {one.code for one in offered()} else ENGLISH.code


def _keep_choice() -> None:
    """What the address asks for is kept in the session that the browser has anyhow."""
    asked = request.args.get(ARGUMENT)
    if asked in LANGUAGES and is_translated(request.endpoint):
        flask.session[IN_SESSION] = asked


def in_language(code: str) -> str:
    """The address of the page at hand in another language."""
    kept = {name: value for name, value in request.args.items() if name != ARGUMENT}
    return f"{request.path}?{urlencode({**kept, ARGUMENT: code})}"


def is_switch() -> bool:
    """Whether the page is shown once more because another language was chosen."""
    return ARGUMENT in request.args


def said(text: str, otherwise: LazyText) -> str:
    """A sentence of a rule or a library in the language of the page.

    Args:
        otherwise: what is said instead where the catalogues do not know it: better a plain word
            in one's own language than the exact one in another.
    """
    if language() is ENGLISH:
        return text
    translated = gettext(text)
    return translated if translated != text else str(otherwise)


def long_date(day: dt.date) -> str:
    """The day with its weekday, in the language of the page: 'Monday 20 April 2026'."""
    code = language().code
    if code == ENGLISH.code:
        return dates.long_date(day)
    return str(format_date(day, "EEEE d MMMM y", locale=code))


def plain_date(day: dt.date) -> str:
    """The day without its weekday, in the language of the page: '20 April 2026'."""
    code = language().code
    if code == ENGLISH.code:
        return calendar_words.plain_date(day)
    return str(format_date(day, "d MMMM y", locale=code))


def short_date(day: dt.date, today: dt.date | None = None) -> str:
    """The day in little room, in the language of the page."""
    code = language().code
    if code == ENGLISH.code:
        return dates.short_date(day, today)
    return str(format_date(day, "d MMM y", locale=code))


def date_hint(today: dt.date) -> str:
    """The hint of a date field: an example; in English the bank holidays around today as well."""
    if language() is ENGLISH:
        return dates.date_hint(today)
    example = f"{today.day} {today.month} {today.year}"
    return str(gettext("For example, %(example)s.", example=example))


def london_time(moment: dt.datetime) -> str:
    """A moment by London's clock, in the language of the page."""
    if language() is ENGLISH:
        return dates.london_time(moment)
    here = moment.astimezone(LONDON)
    return f"{here:%H:%M}, {long_date(here.date())}"


def time_of_day(moment: dt.datetime) -> str:
    """The time in England in the language of the page: '9:30am'; '09:30' in the others."""
    if language() is ENGLISH:
        return clock_words(moment)
    return f"{moment.astimezone(LONDON):%H:%M}"


def moment_words(moment: dt.datetime) -> str:
    """The day and the time in England: 'Tuesday 8 December 2026 at 10am'."""
    if language() is ENGLISH:
        return calendar_words.moment_words(moment)
    return f"{long_date(moment.astimezone(LONDON).date())}, {time_of_day(moment)}"


def init_languages(app: Flask) -> None:
    """Let templates and forms speak the reader's language. After `init_templating`."""
    babel = Babel()
    babel.init_app(app, locale_selector=_chosen)
    babel.domain_instance = _Catalogues()
    app.extensions.setdefault("translated_pages", frozenset())
    app.before_request(_keep_choice)
    app.jinja_env.globals.update(
        page_language=language, languages_offered=offered, in_language=in_language
    )
    app.jinja_env.globals.update(short_date=short_date, long_date=long_date)
    app.jinja_env.filters.update(
        long_date=long_date, short_date=short_date, london_time=london_time
    )
