"""How gunicorn serves the service, in production (Procfile) and in the demo alike.

gunicorn itself reads PORT (it then listens on every address) and WEB_CONCURRENCY (processes).
"""

from __future__ import annotations

import atexit
import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

from gunicorn.arbiter import Arbiter
from gunicorn.glogging import Logger
from gunicorn.workers.base import Worker

from saas.logs import JsonFormatter

workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
# A request mostly waits for PostgreSQL, so threads serve it well; argon2 and PDFs release the GIL.
worker_class = "gthread"
threads = 4
# Longer than the slowest page, shorter than a browser's patience.
timeout = 60
# Routers send their requests over kept connections, and drop those that close under them.
keepalive = 75
graceful_timeout = 20
# What a long life may pile up goes with the process; the jitter keeps them from leaving together.
max_requests = 5_000
max_requests_jitter = 500
# The heartbeat is a file: on a disk it can block.
_MEMORY = Path("/dev/shm")  # noqa: S108
worker_tmp_dir = str(_MEMORY) if _MEMORY.is_dir() else None
# Nobody administers a running master here; what does not listen cannot be misused.
control_socket_disable = True

# Each process counts for /metrics into files of this folder, which whoever is asked adds up. It
# has to be named before the library is loaded.
if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="metrics-", dir=worker_tmp_dir)
    _master = os.getpid()

    def _remove_metrics() -> None:
        if os.getpid() == _master:
            shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)

    atexit.register(_remove_metrics)


def child_exit(_server: Arbiter, worker: Worker) -> None:
    """What a process that has ended holds now (connections) is nothing."""
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)


accesslog = "-"
errorlog = "-"
# Neither address, nor query string, nor referrer, nor browser: a path and how it went.
access_log_format = "%(t)s %(m)s %(U)s %(s)s %(B)s bytes %(M)s ms"

# A personal link is a key: its path is not for the log.
_PERSONAL = re.compile(r"^(/(?:family|sign|invitation|reset)/).*", re.DOTALL)


class PathLogger(Logger):
    """The access log without the parts of a path that open a door."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        if os.environ.get("LOG_FORMAT") == "json":
            for handler in (*self.error_log.handlers, *self.access_log.handlers):
                handler.setFormatter(JsonFormatter())

    def atoms(self, *arguments: Any) -> dict[str, Any]:
        values: dict[str, Any] = super().atoms(*arguments)
        values["U"] = _PERSONAL.sub(r"\1-", values["U"] or "")
        return values


logger_class = PathLogger
