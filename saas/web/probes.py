"""What looks after the service asks it by address, and names no host of ours."""

from __future__ import annotations

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask

# Answers that make no address of the host they were asked by.
PROBED = frozenset({"/health/live", "/health/ready", "/metrics"})


def answer_probes(app: Flask, hosts: list[str]) -> None:
    """Let a container's health check, a load balancer and Prometheus ask by whatever host they
    know: to them it is one of TRUSTED_HOSTS, which every page keeps to.

    Args:
        hosts: TRUSTED_HOSTS; with none of them every host is answered anyway.
    """
    if not hosts:
        return
    within: WSGIApplication = app.wsgi_app
    host = hosts[0].removeprefix(".")

    def asked(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ.get("PATH_INFO") in PROBED:
            environ = {**environ, "HTTP_HOST": host}
        return within(environ, start_response)

    app.wsgi_app = asked  # type: ignore[method-assign]
