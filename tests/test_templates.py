"""Every template compiles, is used, and names only templates, macros and pages that exist."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import nodes

from saas.config import ROOT
from saas.web.frame import TEMPLATE_FOLDER

PACKAGES = ("saas", "tenants", "billing")


def templates(ending: str) -> list[str]:
    found = (path.relative_to(TEMPLATE_FOLDER) for path in TEMPLATE_FOLDER.rglob(f"*{ending}"))
    return sorted(path.as_posix() for path in found)


def parsed(app: Flask, name: str) -> nodes.Template:
    return app.jinja_env.parse((TEMPLATE_FOLDER / name).read_text(encoding="utf-8"), name)


def python_files() -> Iterator[Path]:
    for package in PACKAGES:
        yield from sorted((ROOT / package).rglob("*.py"))


def strings_in_python() -> set[str]:
    return {
        node.value
        for path in python_files()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def named_templates(app: Flask, name: str) -> Iterator[str]:
    for kind in (nodes.Extends, nodes.FromImport, nodes.Import, nodes.Include):
        for node in parsed(app, name).find_all(kind):
            if isinstance(node.template, nodes.Const):  # type: ignore[attr-defined]
                yield str(node.template.value)  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", templates(".html"))
def test_a_template_compiles_and_names_what_exists(app: Flask, name: str) -> None:
    app.jinja_env.get_template(name)
    for other in named_templates(app, name):
        app.jinja_env.get_template(other)
    for node in parsed(app, name).find_all(nodes.FromImport):
        assert isinstance(node.template, nodes.Const)
        other = str(node.template.value)
        if not (TEMPLATE_FOLDER / other).exists():
            continue  # a library's own macros
        there = {macro.name for macro in parsed(app, other).find_all(nodes.Macro)}
        there |= {
            one.target.name
            for one in parsed(app, other).find_all(nodes.Assign)
            if isinstance(one.target, nodes.Name)
        }
        asked = {one if isinstance(one, str) else one[0] for one in node.names}
        assert asked <= there, f"{name} imports from {other} what it does not have"


@pytest.mark.parametrize("name", templates(".html"))
def test_a_link_in_a_template_leads_to_a_page_with_all_it_needs(app: Flask, name: str) -> None:
    for call in parsed(app, name).find_all(nodes.Call):
        if not (isinstance(call.node, nodes.Name) and call.node.name == "url_for"):
            continue
        if not (call.args and isinstance(call.args[0], nodes.Const)):
            continue
        endpoint = call.args[0].value
        where = f"{name}, line {call.lineno}"
        assert endpoint in app.view_functions, f"{where}: there is no page {endpoint}"
        if call.dyn_kwargs is None:
            given = {keyword.key for keyword in call.kwargs}
            # The doors of a personal link keep its secret in every link (`url_defaults`).
            blueprint = str(endpoint).partition(".")[0]
            if blueprint in app.url_default_functions:
                given |= {"token", "key"}
            rules = app.url_map.iter_rules(endpoint)
            assert any(rule.arguments <= given for rule in rules), (
                f"{where}: {endpoint} needs more than {given or 'nothing'}"
            )


def test_a_link_in_the_code_leads_to_a_page(app: Flask) -> None:
    wrong = []
    for path in python_files():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id == "url_for"
                and node.args
                and isinstance(node.args[0], ast.Constant)
                and node.args[0].value not in app.view_functions
            ):
                wrong.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.args[0].value!r}")
    assert wrong == []


def test_every_template_is_used(app: Flask) -> None:
    names = templates(".html") + templates(".typ")
    in_python = strings_in_python()
    used = {name for name in names if name in in_python}
    # A document is named by its folder and kind, and imports its style by the file alone.
    typeset = [(TEMPLATE_FOLDER / name).read_text(encoding="utf-8") for name in templates(".typ")]
    for name in templates(".typ"):
        path = Path(name)
        if path.stem in in_python or any(f'"{path.name}"' in text for text in typeset):
            used.add(name)
    for name in templates(".html"):
        used |= set(named_templates(app, name))
    assert [name for name in names if name not in used] == []


def test_what_templates_know_is_all_that_the_service_knows_also_what_came_later(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    template = app.jinja_env.from_string("{{ told_later }} {{ own }}", {"own": "of the template"})
    before = template.globals.keys()
    monkeypatch.setitem(app.jinja_env.globals, "told_later", "of the service")
    assert template.render() == "of the service of the template"
    assert template.globals.keys() - before == {"told_later"}
    assert template.globals.keys() == {"own", *app.jinja_env.globals}
    # A view that Python compares key by key took a sixth of a form.
    assert isinstance(template.globals.keys(), type({}.keys()))
