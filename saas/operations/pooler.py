"""The files of a PgBouncer in transaction mode that this deployment can stand behind.

In transaction mode each transaction may come to another connection of the server, so nothing may be
left on one: PgBouncer runs after each what our own pools run when a connection is given back. The
settings of a login role (its limits of time) stay, because PgBouncer connects as the same role.
"""

from __future__ import annotations

import os
from pathlib import Path

from saas.config import Settings
from saas.database.connections import AS_NEW, login_name, owner_url, role_password
from saas.database.scope import LoginRole

INI = """[databases]
{database} = host={host} port={port} dbname={database}

[pgbouncer]
listen_addr = {listen_host}
listen_port = {listen_port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {users}
pool_mode = transaction
; After every transaction: in transaction mode it is not run otherwise.
server_reset_query = {reset}
server_reset_query_always = 1
default_pool_size = {pool_size}
max_client_conn = 1000
; Longer than the longest statement that a page may take.
query_wait_timeout = 35
ignore_startup_parameters = extra_float_digits
; Neither who connects nor what for: the service has logs of its own.
log_connections = 0
log_disconnections = 0
"""


def write_files(settings: Settings, into: Path, *, listen: str, pool_size: int) -> list[Path]:
    """Write pgbouncer.ini and userlist.txt; their paths. The second holds the passwords of the
    login roles, and is for its owner's eyes alone.

    Args:
        listen: host:port.
        pool_size: connections to the server for each login role.
    """
    url = owner_url(settings)
    host, _, port = listen.rpartition(":")
    into.mkdir(parents=True, exist_ok=True)
    ini, users = into / "pgbouncer.ini", into / "userlist.txt"
    text = INI.format(
        database=url.database,
        host=url.host or "localhost",
        port=url.port or 5432,
        listen_host=host,
        listen_port=port,
        users=users.absolute(),
        # Behind it the driver prepares nothing: what is there was prepared by SQL.
        reset=" ".join(f"DEALLOCATE ALL; {AS_NEW}".split()),
        pool_size=pool_size,
    )
    known = "".join(
        f'"{login_name(settings, role)}" "{role_password(settings, role)}"\n' for role in LoginRole
    )
    for path, content in ((ini, text), (users, known)):
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(content)
    return [ini, users]
