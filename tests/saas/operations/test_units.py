"""The units of docs/examples: systemd itself reads them, and each runs a command that there is."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import click
import pytest
from flask import Flask

from saas.config import ROOT

UNITS = sorted((ROOT / "docs" / "examples").glob("*.*"))
SERVICES = [path for path in UNITS if path.suffix == ".service"]
HOME = "/srv/send-mediation"


@pytest.fixture(scope="module")
def systemd_analyze() -> str:
    found = shutil.which("systemd-analyze")
    if found is None:
        if os.environ.get("REQUIRE_SYSTEMD"):
            pytest.fail("REQUIRE_SYSTEMD is set, but there is none: apt-get install systemd")
        pytest.skip("no systemd here")
    return found


def faults(program: str, folder: Path, units: dict[str, str]) -> str:
    """What systemd says of the units, with programs where they name them."""
    home = folder / "home"
    for name in ("flask", "gunicorn"):
        path = home / ".venv" / "bin" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("#!/bin/sh\n")
        path.chmod(0o755)
    written = []
    for name, text in units.items():
        written.append(folder / name)
        written[-1].write_text(text.replace(HOME, str(home)))
    done = subprocess.run(
        [program, "verify", "--man=no", *map(str, written)],
        env={**os.environ, "XDG_RUNTIME_DIR": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    # What the machine's own units do wrong is not ours.
    told = [line for line in done.stderr.splitlines() if "send-mediation" in line]
    return "\n".join(told)


def test_systemd_finds_nothing_wrong_with_them(systemd_analyze: str, tmp_path: Path) -> None:
    assert SERVICES
    units = {path.name: path.read_text(encoding="utf-8") for path in UNITS}
    assert faults(systemd_analyze, tmp_path, units) == ""


def test_systemd_would_have_found_it(systemd_analyze: str, tmp_path: Path) -> None:
    name = "send-mediation-web.service"
    text = (ROOT / "docs" / "examples" / name).read_text(encoding="utf-8")
    wrong = text.replace("Restart=on-failure", "Restart=sometimes").replace(
        "PrivateTmp", "PrivateTemp"
    )
    socket = {
        path.name: path.read_text(encoding="utf-8") for path in UNITS if "socket" in path.name
    }
    told = faults(systemd_analyze, tmp_path, {name: wrong, **socket})
    assert "sometimes" in told and "PrivateTemp" in told


def test_each_timer_has_its_service() -> None:
    timers = {path.stem for path in UNITS if path.suffix == ".timer"}
    assert timers and timers <= {path.stem for path in SERVICES}


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.stem)
def test_each_command_is_there_with_its_options(path: Path, app: Flask) -> None:
    (line,) = re.findall(r"^ExecStart=(.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    if "gunicorn" in line:
        return
    (words,) = re.findall(r"--app saas\.app (.+?)(?: \||'|$)", line)
    command: click.Command = app.cli
    given = shlex.split(words)
    while given and isinstance(command, click.Group):
        found = command.get_command(click.Context(command), given.pop(0))
        assert found is not None, words
        command = found
    options = {name for one in command.params for name in one.opts}
    assert {word for word in given if word.startswith("--")} <= options


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.stem)
def test_each_folder_that_is_written_to_is_made_for_who_writes(path: Path) -> None:
    """A service's user may make nothing in /var or /run."""
    unit = path.read_text(encoding="utf-8")
    for folder in re.findall(r"--into (/(?:var|run)/[\w-]+/?[\w-]*)", unit):
        made = re.search(rf"^ExecStartPre=\+/usr/bin/install -d .+ {folder}$", unit, re.MULTILINE)
        assert made or f"RuntimeDirectory={folder.split('/')[2]}\n" in unit, folder


def test_a_machine_is_set_up_with_all_that_its_units_and_its_processes_need() -> None:
    told = (ROOT / "docs" / "RUNNING.md").read_text(encoding="utf-8")
    begun = " ".join(re.findall(r"^systemctl enable --now (.+)$", told, re.MULTILINE)).split()
    assert set(begun) == {
        path.name for path in UNITS if "[Install]" in path.read_text(encoding="utf-8")
    }
    assert "--compile-bytecode" in told
    (own,) = re.findall(r"-m compileall -q ([\w ]+)$", told, re.MULTILINE)
    assert {"saas", "tenants", "billing"} <= set(own.split())
    for named in re.findall(
        r"^EnvironmentFile=(.+)$", "\n".join(map(Path.read_text, SERVICES)), re.M
    ):
        assert f" {named}" in told
