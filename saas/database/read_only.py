"""Which tables an authority that is suspended, or has left, can write no more.

A trigger of each refuses the login role `authority` while that is so. Every table that the role may
write has one, unless it stands in STILL_WRITTEN with the reason: a test compares them.
"""

from __future__ import annotations

from collections.abc import Iterator

from saas.database.base import declared_walls
from saas.database.scope import LoginRole
from saas.database.walls import PREFIX

FUNCTION = "authority_changes_nothing"
STILL_WRITTEN = {
    "audit_entry": "the trail goes on",
    "api_use": "reading by a key is counted",
    "authority_export": "taking its data along is reading",
}
# Ending a key takes access away; a new one gives it.
EVENTS = {"api_token": ("INSERT",)}


def read_only_tables() -> dict[str, tuple[str, ...]]:
    """Each table that is stopped, and for which events: all that the role may do there."""
    found = {}
    for table, wall in sorted(declared_walls().items()):
        grant = wall.grants.get(LoginRole.AUTHORITY)
        if wall.tenant_column is None or grant is None or table in STILL_WRITTEN:
            continue
        may = (("INSERT", grant.insert), ("UPDATE", grant.update), ("DELETE", grant.delete))
        events = EVENTS.get(table) or tuple(event for event, granted in may if granted)
        if events:
            found[table] = events
    return found


def read_only_statements(table: str) -> Iterator[str]:
    """The statement that makes a table's trigger; none where it is not stopped."""
    events = read_only_tables().get(table)
    if events:
        yield (
            f"CREATE TRIGGER {FUNCTION} BEFORE {' OR '.join(events)} ON {table} FOR EACH STATEMENT"
            f" WHEN (current_user = '{PREFIX}_authority') EXECUTE FUNCTION {FUNCTION}()"
        )
