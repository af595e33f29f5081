"""A test client that looks at every page it is given, so that no test passes on a bad one.

Use it for every app under test: `app.test_client_class = PageClient`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.page_parts import Element, parse_page

SERVICE_NAME = "SEND mediation"

# Inputs that carry their own words, or none that anyone sees.
UNLABELLED = ("hidden", "submit", "button", "image", "reset")

# What was looked at already, but for the token of its forms: hundreds are refused by one page.
TOKEN = re.compile(r'(csrf_token"[^>]* value=")[^"]+')
GOOD_PAGES: set[int] = set()


class BadPage(AssertionError):
    """A page breaks a rule that every page keeps; the text lists each fault and its line."""


def page_faults(html: str, service_name: str = SERVICE_NAME) -> list[str]:
    """Everything that is wrong with a page, in words."""
    return _faults_of(*parse_page(html), service_name)


def _faults_of(page: Element, faults: list[str], service_name: str = SERVICE_NAME) -> list[str]:
    faults += _document(page, service_name)
    for check in (_ids, _labels, _forms, _inline, _names, _tables):
        faults += check(page)
    return faults


def _document(page: Element, service_name: str) -> Iterator[str]:
    roots = page.all("html")
    if len(roots) != 1 or not roots[0].get("lang"):
        yield "the page has no language: <html lang>"
    titles = [one for one in page.all("title") if one.inside("svg") is None]
    if len(titles) != 1:
        yield f"the page has {len(titles)} titles, not one"
    else:
        before, _, last = titles[0].text.rpartition(" - ")
        if last != service_name or not before.removeprefix("Error:").strip(" -"):
            yield f"the title {titles[0].text!r} is not 'What this is - ... - {service_name}'"
    headings = page.all("h1")
    if len(headings) != 1:
        yield f"the page has {len(headings)} headings h1, not one"
    if any(not heading.text for heading in page.all("h1", "h2", "h3", "h4")):
        yield "a heading is empty"
    # A Python object printed where its words were meant.
    if " object at 0x" in page.text or "<function" in page.text:
        yield "the page prints a Python object"


def _ids(page: Element) -> Iterator[str]:
    known = Counter(one.get("id") for one in page.walk() if one.has("id"))
    for name, times in known.items():
        if times > 1 or not name:
            yield f"the id {name!r} is there {times} times"
    for one in page.walk():
        for attribute in ("for", "aria-describedby", "aria-labelledby", "aria-controls"):
            for name in one.get(attribute).split():
                if name not in known:
                    yield f"{one} points by {attribute} to {name!r}, which is not there"
        href = one.get("href")
        if one.name == "a" and href.startswith("#") and href[1:] not in known:
            yield f"{one} leads to {href!r}, which is not there"


def _labels(page: Element) -> Iterator[str]:
    labelled = {one.get("for") for one in page.all("label") if one.text}
    for one in page.all("input", "select", "textarea"):
        if one.get("type") in UNLABELLED:
            continue
        if one.get("aria-label") or one.get("aria-labelledby") or one.inside("label"):
            continue
        if one.get("id") not in labelled:
            yield f"{one} has no label"


def _forms(page: Element) -> Iterator[str]:
    for form in page.all("form"):
        method = form.get("method").lower()
        if not form.get("action"):
            yield f"{form} does not say where it goes: action"
        if method not in ("get", "post"):
            yield f"{form} does not say how it goes: method"
        tokens = [one for one in form.all("input") if one.get("name").endswith("csrf_token")]
        if method == "post" and not any(one.get("value") for one in tokens):
            yield f"{form} posts without csrf_token"
        if method == "get" and tokens:
            yield f"{form} puts its csrf_token into the address"


def _inline(page: Element) -> Iterator[str]:
    for one in page.walk():
        if one.name == "style" or one.has("style"):
            yield f"{one} has a style of its own, which the Content-Security-Policy refuses"
        if one.name == "script" and not one.get("src"):
            yield f"{one} is an inline script, which the Content-Security-Policy refuses"
        for attribute in one.attributes:
            if attribute.startswith("on"):
                yield f"{one} has {attribute}, which the Content-Security-Policy refuses"
        if one.get("href").strip().lower().startswith("javascript:"):
            yield f"{one} is a script in a link"


def _names(page: Element) -> Iterator[str]:
    for one in page.all("a"):
        if not one.spoken:
            yield f"{one} is a link without text"
        if not one.get("href"):
            yield f"{one} is a link to nowhere"
    for one in page.all("button"):
        if not one.spoken:
            yield f"{one} is a button without text"
        if one.get("type") not in ("submit", "button", "reset"):
            yield f"{one} does not say its type"
    for one in page.all("img"):
        if not one.has("alt"):
            yield f'{one} is an image without alt (alt="" if it only decorates)'


def _tables(page: Element) -> Iterator[str]:
    for table in page.all("table"):
        headings = table.all("th")
        if not headings:
            yield f"{table} has no headings"
        if not any(caption.text for caption in table.all("caption")):
            yield f"{table} has no caption"
        for one in headings:
            if one.get("scope") not in ("col", "row", "colgroup", "rowgroup"):
                yield f"{one} {one.text!r} does not say its scope"
        # A card on a telephone shows this label instead of the column's heading.
        columns = {one.text.strip(" \N{BLACK UP-POINTING TRIANGLE}"
                                  "\N{BLACK DOWN-POINTING TRIANGLE}") for one in headings
                   if one.get("scope") == "col"}  # fmt: skip
        for one in table.all("td", "th"):
            if one.has("data-label") and one.get("data-label") not in columns:
                yield f"{one} is labelled {one.get('data-label')!r}, which is no column"


class PageClient(FlaskClient):
    """Flask's test client; a page that breaks a rule fails the test that asked for it."""

    # Not where only the answer's status is asked for.
    looks = True
    _html = ""
    _page: Element | None = None

    @property
    def page(self) -> Element:
        """The page that was opened last."""
        assert self._html, "no page was opened yet"
        if self._page is None:
            self._page, _ = parse_page(self._html)
        return self._page

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Make a request.

        Raises:
            BadPage: the answer is a page, and a bad one.
        """
        # A context of the test's own would be taken for the request's: what one request keeps
        # (the person, the session, its scope) would reach the next.
        with self.application.app_context():
            response = super().open(*args, **kwargs)
        if not self.looks or response.mimetype != "text/html" or 300 <= response.status_code < 400:
            return response
        html = response.get_data(as_text=True)
        if not html:  # a HEAD request
            return response
        self._html, self._page = html, None
        known = hash(TOKEN.sub(r"\1token", html))
        if known not in GOOD_PAGES:
            self._page, torn = parse_page(html)
            faults = _faults_of(self._page, torn)
            if faults:
                listed = "\n  - ".join(faults)
                raise BadPage(f"{response.request.path} is not a good page:\n  - {listed}")
            GOOD_PAGES.add(known)
        return response

    def submit(
        self,
        address: str,
        fields: Mapping[str, Any] | None = None,
        *,
        action: str | None = None,
        base_url: str = "http://localhost",
        follow_redirects: bool = False,
    ) -> TestResponse:
        """Open a page, fill its form in and send it, as a browser does, token included.

        Where the page asks once more before an act (`saas.web.checking`), this goes on.

        `action` picks the form where the page has several (the sign-out form aside).

        Raises:
            LookupError: no form, or no field of such a name: the reader could not do it either.
        """
        self.get(address, base_url=base_url)
        forms = [
            form
            for form in self.page.all("form")
            if form.get("method").lower() == "post"
            and (form.get("action") == action if action else form.inside("header") is None)
        ]
        if len(forms) != 1:
            raise LookupError(f"{address} has {len(forms)} such forms: name its action")
        known = {one.get("name") for one in forms[0].all("input", "select", "textarea", "button")}
        unknown = set(fields or {}) - known
        if unknown:
            raise LookupError(f"the form of {address} has no {', '.join(sorted(unknown))}")
        sent = {**entered(forms[0]), **(fields or {})}
        # Over HTTPS Flask-WTF compares the Referer, which a browser sends.
        headers = {"Referer": f"{base_url}{address}"}
        where = forms[0].get("action")

        def send(data: Mapping[str, Any]) -> TestResponse:
            return self.post(
                where,
                data=data,
                headers=headers,
                base_url=base_url,
                follow_redirects=follow_redirects,
            )

        answer = send(sent)
        asks = answer.status_code == 200 and any(
            one.get("name") == "checked" for one in self.page.all("button")
        )
        return send({**sent, "checked": "go-on"}) if asks else answer


def entered(form: Element) -> dict[str, Any]:
    """What the form would send as it stands."""
    values: dict[str, Any] = {}
    for one in form.all("input", "select", "textarea"):
        name, kind = one.get("name"), one.get("type")
        if not name or kind in ("submit", "button", "file", "reset"):
            continue
        if kind in ("checkbox", "radio") and not one.has("checked"):
            continue
        if one.name == "textarea":
            value = one.raw_text.removeprefix("\n")
        elif one.name == "select":
            options = one.all("option")
            chosen = [option for option in options if option.has("selected")] or options[:1]
            value = chosen[0].get("value") if chosen else ""
        else:
            value = one.get("value")
        if kind == "checkbox" and name in values:
            earlier = values[name]
            values[name] = [*(earlier if isinstance(earlier, list) else [earlier]), value]
        else:
            values[name] = value
    return values
