"""Numbers for Prometheus at /metrics: of the whole service, never of one authority or person.

Under gunicorn each process counts for itself into a folder that PROMETHEUS_MULTIPROC_DIR names
(see gunicorn.conf.py), and whichever is asked adds them up.
"""

from __future__ import annotations

import hmac
import ipaddress
import os
import time
from collections.abc import Iterator

from flask import Flask, Response, abort, current_app, g, request
from flask.typing import ResponseReturnValue
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from saas.database.replica import Lag, known_lag, the_replica
from saas.database.scope import Scope, scoped
from saas.database.watching import count_connections_by
from saas.identity.permissions import Permission
from saas.operations.state import ServiceState, service_state
from saas.web.access import DoorPages
from saas.web.today import now

pages = DoorPages("metrics", __name__, door=None)

# Counted by this process; a registry of their own, so that nothing else is told.
OWN = CollectorRegistry()
REQUESTS = Counter("send_requests", "Requests answered", ["door", "status"], registry=OWN)
SECONDS = Histogram(
    "send_request_seconds",
    "How long an answer took",
    ["door"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    registry=OWN,
)
CONNECTIONS = Gauge(
    "send_database_connections_in_use",
    "Connections taken from this service's pools",
    ["role"],
    multiprocess_mode="livesum",
    registry=OWN,
)


def _count_use(role: str, more: int) -> None:
    CONNECTIONS.labels(role).inc(more)


def init_metrics(app: Flask) -> None:
    """Count every answer by its door."""
    count_connections_by(_count_use)

    @app.before_request
    def begin() -> None:
        g.begun = time.perf_counter()

    @app.after_request
    def count(response: Response) -> Response:
        view = current_app.view_functions.get(request.endpoint or "")
        access = getattr(view, "access", None)
        door = access.door.value if access and access.door else "none"
        REQUESTS.labels(door, str(response.status_code)).inc()
        if "begun" in g:
            SECONDS.labels(door).observe(time.perf_counter() - g.begun)
        return response


class _OfTheDatabase(Collector):
    """What the database knows, asked when the numbers are."""

    def collect(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("send_database_up", "Whether the database answers")
        try:
            with scoped(Scope.jobs()) as session:
                state = service_state(session, at=now())
        except Exception:
            current_app.logger.exception("the database does not answer for /metrics")
            up.add_metric([], 0)
            yield up
            return
        up.add_metric([], 1)
        yield up
        yield from _metrics_of(state)
        if the_replica() is not None:
            yield from _metrics_of_replica(known_lag())


def _metrics_of_replica(lag: Lag | None) -> Iterator[Metric]:
    up = GaugeMetricFamily("send_replica_up", "Whether the replica answers")
    up.add_metric([], lag is not None)
    yield up
    if lag is None:
        return
    seconds = GaugeMetricFamily("send_replica_lag_seconds", "How long the replica is behind")
    seconds.add_metric([], lag.seconds)
    yield seconds
    size = GaugeMetricFamily("send_replica_lag_bytes", "How much of the log it has yet to replay")
    size.add_metric([], lag.bytes)
    yield size


def _metrics_of(state: ServiceState) -> Iterator[Metric]:
    jobs = GaugeMetricFamily("send_queued_jobs", "Jobs of the queue", labels=["state"])
    for name, number in state.jobs.items():
        jobs.add_metric([name], number)
    yield jobs
    tasks = GaugeMetricFamily(
        "send_task_last_success_timestamp_seconds", "When a task went well last", labels=["task"]
    )
    failing = GaugeMetricFamily(
        "send_task_failures", "Failures of a task since it went well last", labels=["task"]
    )
    for task in state.tasks:
        if task.finished_at is not None:
            tasks.add_metric([task.name], task.finished_at.timestamp())
        failing.add_metric([task.name], task.failures)
    yield tasks
    yield failing
    for name, words, value in (
        ("send_queue_age_seconds", "Age of the oldest job that is due", state.queue_seconds),
        ("send_heartbeat_age_seconds", "Since a worker was heard", state.heartbeat_seconds),
        ("send_dead_jobs", "Jobs that failed for good", state.dead_jobs),
        ("send_backup_age_seconds", "Since the last good backup", state.backup_seconds),
    ):
        if value is not None:
            one = GaugeMetricFamily(name, words)
            one.add_metric([], value)
            yield one
    for gauge in state.gauges:
        one = GaugeMetricFamily(f"send_{gauge.name}", "Counted by the worker each minute")
        one.add_metric([], gauge.value)
        yield one


@pages.page("/metrics", permission=Permission.ANYONE)
def metrics() -> ResponseReturnValue:
    """For whoever has METRICS_TOKEN; without one, for this machine alone."""
    _refuse_strangers()
    registry = CollectorRegistry()
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        counted = generate_latest(registry)
    else:
        counted = generate_latest(OWN)
    asked = CollectorRegistry()
    asked.register(_OfTheDatabase())
    return Response(counted + generate_latest(asked), content_type=CONTENT_TYPE_LATEST)


def _refuse_strangers() -> None:
    token = current_app.extensions["settings"].metrics_token.get_secret_value()
    if token:
        given = request.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
            abort(401)
        return
    # What a proxy on this machine passes on comes from anywhere.
    passed_on = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    here = ipaddress.ip_address(request.remote_addr or "0.0.0.0").is_loopback  # noqa: S104
    if passed_on or not here:
        abort(404)
