"""Which tables are watched: a trigger writes each change of a row there down, in `row_change`.

Every table with tenants' rows is, unless it stands in NOT_WATCHED with the reason. The statements
that make the triggers follow from the table; `flask --app saas.app database walls` prints them for
a new one, and the catalogue test compares them with what is in the database.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from saas.database.base import ALL, Base, Wall, declared_walls
from saas.database.scope import LoginRole

NOT_WATCHED = {
    **dict.fromkeys(
        ("audit_entry", "audit_link", "row_change", "row_change_link"), "the trail itself"
    ),
    **dict.fromkeys(
        ("case_position", "measured_case", "month_tally", "authority_task"),
        "derived from what is watched, and derived anew at any time",
    ),
    "reference_counter": "the last number given; what it was given to is watched",
    "api_use": "how often a token was used",
    "said_fact": "a queue: what it names becomes a fact, and is deleted",
    "case_notice": "a queue of what is to be sent, which says itself what became of it",
    "message": "a queue of what is to be sent, which says itself what became of it",
    "billing_task": "a queue of work, which says itself what became of it",
    "stripe_event": "a queue of what Stripe told; what it did to the account is watched",
    "stripe_object": "what Stripe says of its own objects, compared with them every night",
}
# Never copied, whoever may read the row: what opens something, or stands for it.
HIDDEN = frozenset(
    {"token_hash", "key_sha256", "password_hash", "code_secret", "sealed", "source_key", "told"}
)
# A reader of the changes, and the role that it is: it reads those of a table of which it may read
# every column in every row.
READERS = {
    "provider": (LoginRole.PROVIDER,),
    "manager": (LoginRole.PROVIDER_READER,),
    "finance": (LoginRole.FINANCE, LoginRole.FINANCE_READER),
}
# Who has which role in an authority's team: read on pages that ask as the role `identity`.
READ_BESIDES = {"membership": ("manager",)}
FUNCTION = "note_change"
EVENTS = {
    "insert": "REFERENCING NEW TABLE AS added",
    "update": "REFERENCING OLD TABLE AS gone NEW TABLE AS added",
    "delete": "REFERENCING OLD TABLE AS gone",
}


@dataclass(frozen=True)
class Watch:
    """How one table is watched: whose a row is, which it is, and what it is about."""

    table: str
    tenant: str
    row: str
    about: str
    readers: tuple[str, ...]
    hidden: tuple[str, ...]

    def statements(self) -> Iterator[str]:
        """The statements that make its triggers."""
        words = (self.tenant, self.row, self.about, " ".join(self.readers), " ".join(self.hidden))
        said = ", ".join(f"'{word}'" for word in words)
        for event, tables in EVENTS.items():
            yield (
                f"CREATE TRIGGER note_{event} AFTER {event.upper()} ON {self.table} {tables}"
                f" FOR EACH STATEMENT EXECUTE FUNCTION {FUNCTION}({said})"
            )


def watched() -> dict[str, Watch]:
    """Every table that is watched, by its name."""
    return {
        name: _watch(name, wall, wall.tenant_column)
        for name, wall in sorted(declared_walls().items())
        if wall.tenant_column is not None and name not in NOT_WATCHED
    }


def _watch(name: str, wall: Wall, tenant: str) -> Watch:
    table = Base.metadata.tables[name]
    row = next((c.name for c in table.primary_key if c.name != tenant), tenant)
    hidden = tuple(
        column.name
        for column in table.columns
        if column.name in HIDDEN or isinstance(column.type, sa.LargeBinary)
    )
    readers = READ_BESIDES.get(name) or tuple(_readers(wall, table, hidden))
    return Watch(name, tenant, row, _about(table, row), readers, hidden)


def _about(table: sa.Table, row: str) -> str:
    """The column that says what a row is about: its case, or what it is a part of, or itself."""
    if "case_id" in table.columns:
        return "case_id"
    parents = [
        columns[1]
        for key in sorted(table.foreign_key_constraints, key=lambda key: str(key.name))
        if len(columns := [column.name for column in key.columns]) == 2
        and key.referred_table.name in declared_walls()
        and key.referred_table is not table
    ]
    return parents[0] if parents and table.name != "sen_case" else row


def _readers(wall: Wall, table: sa.Table, hidden: tuple[str, ...]) -> Iterator[str]:
    wanted = {column.name for column in table.columns} - set(hidden)
    for reader, roles in READERS.items():
        grants = [wall.grants.get(role) for role in roles]
        if all(
            grant is not None
            and grant.rows is None
            and (grant.select == ALL or wanted <= set(grant.select))
            for grant in grants
        ):
            yield reader
