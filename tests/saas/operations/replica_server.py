"""A real streaming replica of a test's own server, made by pg_basebackup of the same programs."""

from __future__ import annotations

import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from pydantic import SecretStr

from saas.config import Settings
from saas.database.embedded import EmbeddedPostgres, ServerAddress
from tests.conftest import run_folder

SLOT = "of_the_test"
PATIENCE_SECONDS = 30


@dataclass(frozen=True)
class ReplicaServer:
    """A server that follows another."""

    embedded: EmbeddedPostgres
    address: ServerAddress

    def reading(self, settings: Settings, **changed: object) -> Settings:
        """The same deployment, which reads from this replica."""
        url = f"postgresql://{self.address.host}:{self.address.port}"
        return settings.model_copy(update={"database_read_url": SecretStr(url), **changed})

    def admin(self) -> psycopg.Connection:
        return psycopg.connect(self.address.url("postgres"), autocommit=True)

    def pause(self) -> None:
        with self.admin() as admin:
            admin.execute("SELECT pg_wal_replay_pause()")
            deadline = time.monotonic() + PATIENCE_SECONDS
            while admin.execute("SELECT pg_get_wal_replay_pause_state()").fetchone() != ("paused",):
                assert time.monotonic() < deadline
                time.sleep(0.02)

    def resume(self) -> None:
        with self.admin() as admin:
            admin.execute("SELECT pg_wal_replay_resume()")

    def promote(self) -> None:
        home = self.embedded.home
        done = home.run("pg_ctl", "promote", "-D", str(home.data), "-w", "-t", "30")
        assert done.returncode == 0, done.stdout


@contextmanager
def replica_of(address: ServerAddress) -> Iterator[ReplicaServer]:
    """A replica, which has replayed all that the primary wrote until now."""
    folder = run_folder() / f"replica-{uuid.uuid4().hex[:8]}"
    follower = EmbeddedPostgres(folder, settings={"hot_standby_feedback": "on"})
    home = follower.home
    home.make()
    home.data.mkdir(mode=0o700)
    home.give(home.data)
    made = home.run(
        "pg_basebackup",
        *("-d", address.url("postgres"), "-D", str(home.data), "-R", "-X", "stream"),
        *("--create-slot", "--slot", SLOT, "--checkpoint=fast"),
    )
    assert made.returncode == 0, made.stdout
    # The roles of the primary are those of the replica, passwords and all.
    home.write(folder / "superuser-password", address.password)
    try:
        with follower.lease() as listens:
            replica = ReplicaServer(follower, listens)
            wait_until_replayed(address, replica)
            yield replica
    finally:
        if not follower.in_use():
            follower.destroy()
        shutil.rmtree(folder, ignore_errors=True)


def wait_until_replayed(primary: ServerAddress, replica: ReplicaServer) -> None:
    with psycopg.connect(primary.url("postgres"), autocommit=True) as admin:
        (written,) = admin.execute("SELECT pg_current_wal_insert_lsn()").fetchone() or (None,)
    with replica.admin() as admin:
        deadline = time.monotonic() + PATIENCE_SECONDS
        asks = "SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn"
        while admin.execute(asks, [written]).fetchone() != (True,):
            assert time.monotonic() < deadline, "the replica does not follow"
            time.sleep(0.02)
