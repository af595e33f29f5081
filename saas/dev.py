"""The quick start: `python -m saas.dev demo`, which `make demo` runs.

It puts the whole service together on one machine: the embedded server, the schema, the demo's
records, web and worker. It ends everything that it started.
"""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from saas.config import DEMO_PASSWORD, ROOT, Settings, SettingsError, load_settings
from saas.database.embedded import EmbeddedPostgres, EmbeddedPostgresError
from saas.database.server_home import HOST, is_free
from saas.processes import Service, Together, adopt_orphans, reap_orphans

READY_SECONDS = 60
# What the demo writes into VAR_DIR beside the server's folder.
DEMO_FOLDERS = ("documents", "log", "mail")


class CannotRunError(Exception):
    """The demo cannot run, or broke; the text says why and what to do."""


def demo_services(settings: Settings, *, reloading: bool = False) -> list[Service]:
    """Web and worker as the Procfile has them, but on this machine alone.

    Args:
        reloading: the web is Flask's own, which starts again when a file of the code changes.
    """
    environment = {
        "ENVIRONMENT": "development",
        "DEMO": "1",
        "PORT": str(settings.port),
        "VAR_DIR": str(settings.var_dir),
        "PYTHONUNBUFFERED": "1",
    }
    python = (sys.executable, "-m")
    bind = ("--bind", f"{HOST}:{settings.port}", "--graceful-timeout", "5")
    web: tuple[str, ...] = (*python, "gunicorn", *bind, "saas.wsgi:app")
    if reloading:
        run = ("run", "--reload", "--no-debugger", "--host", HOST, "--port", str(settings.port))
        web = (*python, "flask", "--app", "saas.app", *run)
    return [
        Service("web", web, environment),
        Service("worker", (*python, "flask", "--app", "saas.app", "jobs", "work"), environment),
    ]


def run_together(
    services: Sequence[Service], *, logs: Path, ready: str, announce: str, grace: float = 10.0
) -> None:
    """Run the services until one ends or we are told to stop, which raises KeyboardInterrupt.

    Args:
        ready: an address that answers 200 once the services can be used.
        announce: said when it does.

    Raises:
        CannotRunError: a service ended, or nothing answered within `READY_SECONDS`.
    """
    with Together(logs, grace) as together:
        for service in services:
            together.start(service)
        parent = os.getppid()
        deadline = time.monotonic() + READY_SECONDS
        announced = False
        while True:
            ended = together.first_to_end()
            if ended is not None:
                raise _explain(together, *ended)
            if not announced and _answers(ready):
                click.echo(announce)
                announced = True
            if not announced and time.monotonic() > deadline:
                raise CannotRunError(
                    f"{ready} did not answer within {READY_SECONDS} seconds: "
                    f"the logs in {_shown(logs)} say more."
                )
            if os.getppid() != parent:
                # make, or the terminal, is gone: nobody is left who could press Ctrl-C.
                raise KeyboardInterrupt
            time.sleep(0.2)


def _explain(together: Together, service: Service, status: int) -> CannotRunError:
    how = f"was ended by signal {-status}" if status < 0 else f"ended with status {status}"
    last = "\n".join(f"    {line}" for line in together.last_lines(service.name))
    return CannotRunError(
        f"The {service.name} process {how}, so the demo stops. The last it said "
        f"({_shown(together.log_of(service.name))}):\n{last or '    nothing'}"
    )


def _shown(path: Path) -> Path:
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path


def _answers(address: str) -> bool:
    try:
        # Straight to this machine, whatever proxy the environment names.
        with build_opener(ProxyHandler({})).open(address, timeout=5) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


@contextmanager
def _step(console: Console, what: str) -> Iterator[None]:
    begun = time.monotonic()
    with console.status(what):
        if not console.is_terminal:
            click.echo(f"{what} ...")
        yield
    click.echo(f"{what}: done in {time.monotonic() - begun:.1f} s")


def _demo(settings: Settings, *, reloading: bool = False) -> None:
    _refuse_taken_port(settings.port)
    console = Console()
    with ExitStack() as stack:
        if settings.embedded:
            server = EmbeddedPostgres(settings.var_dir / "postgres")
            with _step(console, "Starting PostgreSQL"):
                stack.enter_context(server.lease())
        born = _prepare(settings, console)
        run_together(
            demo_services(settings, reloading=reloading),
            logs=settings.var_dir / "log",
            ready=f"http://{HOST}:{settings.port}/health/ready",
            announce=_welcome(settings, born),
        )


def _prepare(settings: Settings, console: Console) -> str:
    """Everything that has to be there. Returns what the example's family page asks for."""
    # Imported here, so that a taken port or a missing package is told before the slow imports.
    from saas.app import create_app
    from saas.database.migrate import UpgradeRefusedError, ensure_database
    from saas.demo.age import begin_afresh, is_old
    from saas.demo.heard import familys_date_of_birth
    from saas.demo.load import ensure_demo
    from saas.demo.parts import DemoRefusedError, broken_off
    from saas.demo.people import EXAMPLE

    with _step(console, "Bringing the database up to date"):
        try:
            upgraded = ensure_database(settings)
        except UpgradeRefusedError as refused:
            raise CannotRunError(str(refused)) from refused
    old = is_old(settings)
    if old and settings.embedded and _wants_it_afresh(old):
        begin_afresh(settings)
    unfinished = broken_off(settings)
    if unfinished:
        click.echo(
            f"An earlier start broke off in {', '.join(unfinished)}: it is gone on with now."
        )
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    what = "Looking after the reference data and the demo's records"
    click.echo(what)
    begun = time.monotonic()
    with Progress(*columns, console=console) as progress:
        try:
            app = create_app(settings)
            ensure_demo(app, progress, upgraded=upgraded)
        except DemoRefusedError as refused:
            raise CannotRunError(str(refused)) from refused
    click.echo(f"{what}: done in {time.monotonic() - begun:.1f} s")
    with app.app_context():
        born = familys_date_of_birth(EXAMPLE)
    return f"{born.day} {born.month} {born.year}" if born else "there is no such page yet"


def _wants_it_afresh(told: str) -> bool:
    """Ask whoever sits there; where nobody does, only say it."""
    click.echo(told)
    if not sys.stdin.isatty():
        click.echo("To tell it anew, up to yesterday: make demo-reset")
        return False
    return click.confirm("Tell it anew, up to yesterday? What was entered is lost", default=False)


def _welcome(settings: Settings, born: str) -> str:
    from saas.demo.people import demo_people, familys_page, signers_page

    people = demo_people()
    by_link = [
        line
        for address, shows in (familys_page(), signers_page())
        for line in (
            f"Without a password, {shows}:",
            f"  http://{HOST}:{settings.port}{address}",
            "",
        )
    ]
    width = max(len(email) for email, _ in people)
    lines = [f"  {email:<{width}}  {does}" for email, does in people]
    return "\n".join(
        [
            "",
            f"The service runs at http://{HOST}:{settings.port}",
            "",
            f"Sign in as any of these, password {DEMO_PASSWORD}",
            *lines,
            "",
            *by_link,
            f"The parent's page asks for the date of birth first: {born}",
            "",
            f"Logs: {_shown(settings.var_dir / 'log')}. Ctrl-C ends it; what you enter stays.",
        ]
    )


def _refuse_taken_port(port: int) -> None:
    # On macOS one can listen beside a program that listens on every address: ask it, too.
    if not is_free(port) or _listens(port):
        raise CannotRunError(
            f"Port {port} is in use by another program, perhaps by a demo that runs already.\n"
            f"End that program, or choose another port: PORT={port + 1} make demo"
        )


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((HOST, port)) == 0


def _reset(settings: Settings) -> None:
    if not settings.embedded:
        raise CannotRunError(
            "DATABASE_URL is set, and a database that is not the demo's own is never deleted: "
            "unset it first."
        )
    server = EmbeddedPostgres(settings.var_dir / "postgres")
    if server.in_use():
        raise CannotRunError("A demo is running: end it with Ctrl-C first.")
    server.destroy()
    # By name: VAR_DIR may point at a folder that holds more than the demo.
    for name in DEMO_FOLDERS:
        shutil.rmtree(settings.var_dir / name, ignore_errors=True)
    click.echo("The demo's records are deleted.")


def _demo_settings() -> Settings:
    if os.environ.get("ENVIRONMENT", "development") == "production":
        raise CannotRunError(
            "ENVIRONMENT says production, where the demo does not run: the Procfile is for that."
        )
    return load_settings(environment="development", demo=True)


def _stop_on_signals() -> None:
    """Every polite request to stop becomes a KeyboardInterrupt, once; the end is not disturbed."""

    def stop(number: int, frame: FrameType | None) -> None:
        for each in numbers:
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for number in numbers:
        signal.signal(number, stop)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("what", type=click.Choice(["demo", "dev", "reset"]))
def main(what: str) -> None:
    """Run the whole service on this machine (demo; dev with a web that reloads when the code
    changes), or delete the demo's records (reset)."""
    adopt_orphans()
    # Registered first, so it runs last: after the steps' own leases of the server have ended.
    atexit.register(reap_orphans, 2)
    _stop_on_signals()
    status = 0
    try:
        settings = _demo_settings()
        if what == "reset":
            _reset(settings)
        else:
            _demo(settings, reloading=what == "dev")
    except KeyboardInterrupt:
        click.echo("\nEverything is ended.")
    except (CannotRunError, EmbeddedPostgresError, SettingsError) as why:
        click.echo(f"\n{why}", err=True)
        status = 1
    sys.exit(status)


if __name__ == "__main__":
    main()
