"""How long work tells how far it is, without knowing who listens."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

PATIENCE_SECONDS = 2.0


class ReportsProgress(Protocol):
    """Told what is being done, and how much of it is done, in any unit."""

    def __call__(self, what: str, done: int, total: int) -> None: ...


def silent(what: str, done: int, total: int) -> None:
    """Nobody waits for this work."""


@contextmanager
def progress_bar() -> Iterator[ReportsProgress]:
    """A bar on standard error for work that takes longer than two seconds; none for less."""
    started = time.monotonic()
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    task = bar.add_task("")

    def show(what: str, done: int, total: int) -> None:
        bar.update(task, description=what, completed=done, total=max(total, 1))
        if not bar.live.is_started and time.monotonic() - started > PATIENCE_SECONDS:
            bar.start()

    try:
        yield show
    finally:
        if bar.live.is_started:
            bar.stop()
