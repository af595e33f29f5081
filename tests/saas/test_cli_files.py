"""A command that cannot write where it is told to names the place, in words and not a traceback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import sqlalchemy as sa
from click.testing import Result
from flask import Flask
from pydantic import SecretStr

from saas.app import create_app
from saas.config import Settings
from saas.database.embedded import ServerAddress
from tenants.imports.columns import template
from tests.conftest import close_connections
from tests.factories import make_tenant

# What each command that writes a file is given beside it.
WRITING: dict[tuple[str, ...], tuple[str, ...]] = {
    ("database", "sql"): (),
    ("operations", "backup"): (),
    ("operations", "erasures"): (),
    ("operations", "pooler"): (),
    ("operations", "day-sheet"): (),
    ("subscribers", "export"): ("{slug}",),
    ("cases", "import"): ("{sheet}", "--authority", "{slug}"),
}


def leaves(group: click.Group, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from leaves(command, (*above, name))
        elif any(is_written(one) for one in command.params):
            yield (*above, name)


def is_written(parameter: click.Parameter) -> bool:
    kind = parameter.type
    if isinstance(kind, click.File):
        return "w" in kind.mode
    return isinstance(kind, click.Path) and not kind.exists


def option_of(app: Flask, names: tuple[str, ...]) -> str:
    command: click.Command = app.cli
    for name in names:
        assert isinstance(command, click.Group)
        command = command.commands[name]
    (found,) = [one.opts[0] for one in command.params if is_written(one)]
    return found


@pytest.fixture
def backing_up(fresh_settings: Settings, server: ServerAddress) -> Iterator[Flask]:
    database = sa.make_url(fresh_settings.database_url.get_secret_value()).database
    reader = SecretStr(server.url(database or ""))
    app = create_app(
        fresh_settings.model_copy(update={"backup_database_url": reader}), TESTING=True
    )
    yield app
    close_connections(app)


def test_each_command_that_writes_a_file_is_tried_here(app: Flask) -> None:
    assert set(leaves(app.cli)) == set(WRITING)


@pytest.mark.parametrize("names", WRITING, ids=" ".join)
def test_a_place_that_cannot_be_written_to_is_named(
    backing_up: Flask, names: tuple[str, ...], tmp_path: Path
) -> None:
    sheet = tmp_path / "sheet.csv"
    sheet.write_text(template().replace("RTA", "no kind of decision"))
    # Root may write anywhere, but not into a file as if it were a folder.
    amiss = sheet / "beneath"
    with backing_up.app_context():
        slug = make_tenant(backing_up).slug
    given = [word.format(slug=slug, sheet=sheet) for word in WRITING[names]]
    done: Result = backing_up.test_cli_runner().invoke(
        args=[*names, *given, option_of(backing_up, names), str(amiss)]
    )
    assert done.exit_code in {1, 2}, done.output
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exc_info
    assert str(amiss) in done.output and "Not a directory" in done.output
