"""One authority of the demonstration that is about to sign in by its own work accounts."""

from __future__ import annotations

from saas.database.scope import Scope, scoped
from saas.demo.people import DAY_ONE
from saas.identity import connections
from saas.identity.connections import Kind, NewConnection
from saas.identity.signed_in import Tenancy

# Of nobody: Microsoft's documentation names no tenant so.
ISSUER = "https://login.microsoftonline.com/00000000-0000-4000-8000-000000000000/v2.0"
CLIENT_ID = "00000000-0000-4000-8000-000000000001"


def seed_sign_in(tenancy: Tenancy, *, secret: str) -> None:
    """Its domain is bound and its service named; the secret is not entered, so it is off, and
    everybody signs in by the password that is printed."""
    entered = NewConnection(
        kind=Kind.MICROSOFT,
        issuer=ISSUER,
        client_id=CLIENT_ID,
        client_secret="",
        must_use=False,
        asks_second=True,
    )
    with scoped(Scope.identity()) as session:
        if connections.connection_of(session, tenancy.id) is not None:
            return
        connections.bind_domains(session, tenancy.id, [f"{tenancy.slug}.example"], at=DAY_ONE)
        connections.save_connection(session, tenancy.id, entered, at=DAY_ONE, secret=secret)
