"""Stripe, when keys are set: everything works by hand without it.

At Stripe an endpoint is set up for `/webhooks/stripe` with the API version of the installed
package (`stripe.api_version`) and the events that `hearing.HEARD` names; its signing secret is
STRIPE_WEBHOOK_SECRET. Bank transfers in pounds are switched on there, with automatic
reconciliation.

What is done at Stripe waits as a task (`waiting`) that was written down with its cause, and is
done by the worker (`doing`): `pushing` brings invoices, `settling` credits, voids, payments
elsewhere and cash that finance placed (`cash`). `hearing` takes in events, `reconciling` compares
every night what no event told.
"""
