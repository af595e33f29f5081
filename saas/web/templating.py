"""How templates are found, and what happens when one names something that is not there."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import KeysView, MutableMapping
from typing import Any

from flask import Flask
from flask.templating import Environment as FlaskEnvironment
from govuk_frontend_wtf.main import WTFormsHelpers
from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    FunctionLoader,
    PackageLoader,
    PrefixLoader,
    StrictUndefined,
    Template,
    Undefined,
)

# GOV.UK Frontend's macros test parameters that nobody gave; they were written for a lenient Jinja.
LIBRARIES = ("govuk_frontend_jinja", "govuk_frontend_wtf")
# Theirs speak English alone; these stand in their place among our own templates.
OURS_INSTEAD = frozenset({"govuk_frontend_jinja/components/error-message/macro.html"})


class PageGlobals(ChainMap[str, Any]):
    """What every template knows, as Jinja keeps it.

    Jinja asks for the keys of a template at each import of a macro, to see what the page adds. The
    view of a `ChainMap` is compared with a set key by key in Python, that of a dictionary is not.
    """

    def keys(self) -> KeysView[str]:
        known: dict[str, Any] = {}
        for one in reversed(self.maps):
            known.update(one)
        return known.keys()


class PageEnvironment(FlaskEnvironment):
    """Strict for our own templates, lenient inside the two libraries.

    A misspelt name on one of our pages is an error in the test that renders it, not an empty
    place where a date should be.
    """

    _lenient: FlaskEnvironment | None = None

    def make_globals(self, d: MutableMapping[str, Any] | None) -> PageGlobals:
        return PageGlobals({} if d is None else d, self.globals)

    def _load_template(
        self, name: str, globals: MutableMapping[str, Any] | None
    ) -> Template:  # Jinja's name for the parameter
        if self.undefined is Undefined or name.partition("/")[0] not in LIBRARIES:
            return super()._load_template(name, globals)
        if self._lenient is None:
            # An overlay shares filters and globals with this environment, also those added later.
            lenient = self.overlay(undefined=Undefined)
            assert isinstance(lenient, FlaskEnvironment)
            self._lenient = lenient
        return self._lenient._load_template(name, globals)


def init_templating(app: Flask) -> None:
    """Make the app's Jinja environment strict and let it find the libraries' templates.

    Raises:
        RuntimeError: the environment exists already, so its class cannot be chosen any more.
    """
    if "jinja_env" in app.__dict__:
        raise RuntimeError("init_frame comes before anything that touches app.jinja_env")
    app.jinja_environment = PageEnvironment
    app.jinja_options = {
        **app.jinja_options,
        "undefined": StrictUndefined,
        "trim_blocks": True,
        "lstrip_blocks": True,
    }
    own = app.jinja_env.loader
    assert isinstance(own, BaseLoader)
    app.jinja_env.loader = ChoiceLoader(
        [
            FunctionLoader(
                lambda name: own.get_source(app.jinja_env, name) if name in OURS_INSTEAD else None
            ),
            PrefixLoader({name: PackageLoader(name) for name in LIBRARIES}),
            own,
        ]
    )
    WTFormsHelpers(app)
