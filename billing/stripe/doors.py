"""The webhook, and finance's view of both sides."""

from __future__ import annotations

from flask import Flask, abort, current_app, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from billing.contracts.queries import names_of_authorities
from billing.doors import finance
from billing.stripe.gateway import Gateway, StripeLater
from billing.stripe.hearing import NotFromStripe, cash_waiting, hear, read_event
from billing.stripe.reconciling import reconcile
from billing.tasks import tasks_in_trouble
from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.access import DoorPages
from saas.web.today import now

hooks = DoorPages("stripe_hooks", __name__, door=None)


@hooks.page("/webhooks/stripe", permission=Permission.ANYONE, methods=("POST",))
def stripe_event() -> ResponseReturnValue:
    """Stripe's events. The signature over the raw body is who may come in."""
    gateway = Gateway.of(current_app.extensions["settings"])
    if gateway is None:
        abort(404)
    try:
        event = read_event(gateway, request.get_data(), request.headers.get("Stripe-Signature", ""))
    except NotFromStripe:
        abort(400)
    try:
        heard = hear(gateway, event, at=now())
    except StripeLater:
        # Stripe sends it again.
        return jsonify(later=True), 503
    return jsonify(effect=heard.effect)


def init_hooks(app: Flask) -> None:
    """A webhook has no form and no session, so no token of one."""
    app.extensions["csrf"].exempt(app.view_functions["stripe_hooks.stripe_event"])


@finance.page("/stripe", permission=Permission.SEE_ACCOUNTS)
def stripe_side(session: ScopedSession) -> ResponseReturnValue:
    """What differs between our side and Stripe's; looked at, not repaired."""
    gateway = Gateway.of(current_app.extensions["settings"])
    differences, unreachable = [], False
    if gateway is not None:
        try:
            tenancies = list(names_of_authorities(session).values())
            differences = reconcile(gateway, tenancies, repair=False, at=now())
        except StripeLater:
            unreachable = True
    return render_template(
        "billing/stripe/finance_stripe.html",
        connected=gateway is not None,
        unreachable=unreachable,
        differences=differences,
        cash=cash_waiting(session),
        trouble=tasks_in_trouble(session),
        names=names_of_authorities(session),
    )
