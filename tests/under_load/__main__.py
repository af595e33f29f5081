"""`make migrate-under-load`: each migration while the last release's web and worker are at work on
the database.

    python -m tests.under_load [COMMIT]

Ends with 1 when somebody met an error, was refused what they could do before, or saw a row of
another authority.
"""

from __future__ import annotations

import os
import random
import re
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from saas.config import Settings
from saas.database import migrate
from tests.saas.operations.processes import flask, web, worker
from tests.under_load.deployment import MORE, deployment, seed
from tests.under_load.measure import Steps
from tests.under_load.people import Record, Somebody, everybody
from tests.under_load.release import NoReleaseError, check_out, chosen, migrations_since

# How long people go on after each step, so that they come by most kinds of pages on its schema.
SECONDS_AFTER = float(os.environ.get("LOAD_SECONDS_AFTER", "4"))


def main() -> int:
    try:
        ref = chosen(" ".join(sys.argv[1:]))
        # Not where only one user may enter: the server runs as another than root.
        with tempfile.TemporaryDirectory(prefix="send-under-load-") as made:
            folder = Path(made)
            folder.chmod(0o711)
            release = check_out(ref, folder / "release")
            ahead = migrations_since(release)
            _say(f"{len(ahead)} migrations since {ref}")
            with deployment(folder / "server") as settings:
                return measure(settings, release, ahead, folder)
    except NoReleaseError as why:
        sys.stderr.write(f"{why}\n")
        return 2


def measure(settings: Settings, release: Path, ahead: Sequence[str], folder: Path) -> int:
    seeded = seed(settings, release)
    record = Record()
    steps = Steps(record)
    jobs = folder / "old-worker.log"
    with (
        web(settings, folder / "old.log", MORE, code=release) as port,
        worker(settings, jobs, MORE, code=release) as works,
    ):
        people = everybody(port, seeded.password, seeded.family, record)
        get_ready(people, 60)
        with at_work(people):
            with steps.step("before"):
                time.sleep(3 * SECONDS_AFTER)
            for name in ahead:
                with steps.step(name) as step:
                    step.seconds = apply(settings, name)
                time.sleep(SECONDS_AFTER)
            with steps.step("the rest of the release step"):
                for command in (
                    ("database", "upgrade"),
                    ("cases", "derive"),
                    ("statistics", "keep"),
                ):
                    flask(settings, *command)
            with (
                steps.step("the new release beside the old"),
                web(settings, folder / "new.log", MORE) as new_port,
                worker(settings, folder / "new-worker.log", MORE),
            ):
                newcomers = everybody(new_port, seeded.password, seeded.family, record)
                get_ready(newcomers, 12)
                with at_work(newcomers):
                    time.sleep(3 * SECONDS_AFTER)
                look_at_what_was_entered(newcomers)
        with steps.step("every page of the old release"):
            for one in people:
                one.read_everything()
        assert works.poll() is None, "the worker must not end by itself"
    steps.close()
    faults = [*steps.faults(), *_told(folder)]
    _say(steps.table())
    done = jobs.read_text(encoding="utf-8").count("ended with status: Success")
    _say(f"{len(record.referred)} referrals entered, {len(people)} people at once")
    _say(f"{done} jobs done by the worker of the last release")
    for fault in faults:
        _say(f"  {fault}")
    return 1 if faults else 0


def get_ready(people: Sequence[Somebody], pages: int) -> None:
    for one in people:
        one.sign_in()
        one.find_pages(pages)


@contextmanager
def at_work(people: Sequence[Somebody]) -> Iterator[None]:
    over = threading.Event()
    threads = [
        threading.Thread(
            target=one.work, args=(over, random.Random(f"{one.who} {one.browser.port}"))
        )
        for one in people
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()


def apply(settings: Settings, name: str) -> float:
    """One migration, as `database upgrade --to` does; how long it took, with all its tries."""
    said: list[str] = []
    begun = time.monotonic()
    migrate.ensure_database(settings, said.append, to=name.partition("_")[0])
    seconds = time.monotonic() - begun
    gave_way = len(said) - 2
    _say(said[-1] + (f", after it gave way {gave_way} times" if gave_way else ""))
    return seconds


def look_at_what_was_entered(people: Sequence[Somebody]) -> None:
    """What the old release acknowledged is there for the new one."""
    coordinator = next(one for one in people if one.who.startswith("coordinator@"))
    for case, family_name in list(coordinator.record.referred):
        page = coordinator.ask("GET", case)
        assert page is not None and family_name in page.text, f"{case} is lost"


def _told(folder: Path) -> list[str]:
    """What the servers' logs say of faults: each kind once."""
    said = Counter(
        f"{log.name}: {line.rpartition(' ERROR')[2].strip()}"
        for log in sorted(folder.glob("*.log"))
        for line in log.read_text(encoding="utf-8").splitlines()
        if re.search(r"\] ERROR|^[\d-]+ [\d:,]+ ERROR ", line)
        or re.match(r"[\w.]+(?:Error|Exception)\b", line)
    )
    return [f"{line} ({times} times)" for line, times in said.items()]


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
