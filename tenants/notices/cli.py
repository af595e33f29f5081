"""`flask --app saas.app messages bounces`: takes in what came back."""

from __future__ import annotations

import datetime as dt
import mailbox
import sys
from collections import Counter
from pathlib import Path
from typing import IO

import click
import psycopg
import sqlalchemy as sa
from flask.cli import with_appcontext

from saas.messages.bounces import NoBounce, read_bounce
from tenants.notices.undelivered import take_in_bounce

# EX_TEMPFAIL: a mail server keeps the report and hands it in again.
TRY_AGAIN = 75
# A report is a few kilobytes and quotes what it is about; more is no report of ours.
LARGEST = 2 * 1024 * 1024


@click.group("messages")
def messages_group() -> None:
    """E-mails: take in what came back."""


@messages_group.command("bounces")
@click.argument("files", nargs=-1, type=click.File("rb"))
@click.option(
    "--maildir",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="read a Maildir: what is new there is read once and marked as seen",
)
@with_appcontext
def bounces(files: tuple[IO[bytes], ...], maildir: Path | None) -> None:
    """Mark the messages that came back, from reports in FILES, a Maildir or standard input.

    A mail server hands what arrives at MAIL_BOUNCES to this command on its standard input. What is
    no report is passed over: that is no error, so that the server does not send it back.
    """
    at = dt.datetime.now(dt.UTC)
    became: Counter[str] = Counter()
    if maildir is not None:
        _read_maildir(maildir, at, became)
    elif files:
        for file in files:
            became[_take_in(file.read(LARGEST), at)] += 1
    else:
        became[_take_in(sys.stdin.buffer.read(LARGEST), at)] += 1
    for what, number in sorted(became.items()):
        click.echo(f"{what}: {number}")


def _take_in(content: bytes, at: dt.datetime) -> str:
    try:
        return take_in_bounce(read_bounce(content), at=at)
    except NoBounce as why:
        return f"passed over, {why}"
    except (sa.exc.OperationalError, psycopg.OperationalError) as fault:
        click.echo(f"The database does not answer, hand it in again later: {fault}", err=True)
        raise SystemExit(TRY_AGAIN) from fault


def _read_maildir(folder: Path, at: dt.datetime, became: Counter[str]) -> None:
    box = mailbox.Maildir(folder, create=False)
    try:
        for key in list(box.iterkeys()):
            message = box.get_message(key)
            if message.get_subdir() != "new":
                continue
            became[_take_in(box.get_bytes(key)[:LARGEST], at)] += 1
            message.set_subdir("cur")
            message.add_flag("S")
            box[key] = message
    finally:
        box.close()
