"""The release before a migration still serves while it runs and after it: what that release uses
goes one release later.

A statement that takes something away says since which migration no code uses it, and a release has
to have had that migration:

    -- not used since 0080
    ALTER TABLE child DROP COLUMN nickname

What only running it shows (a trigger that refuses, a check that is narrower) is for
`make migrate-under-load`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType

import pytest

from saas.config import Settings
from saas.database import migrate
from tests.saas.database.test_upgrade import RELEASES

TAKES_AWAY = {
    "takes a table, a view or a function away": r"DROP (?:TABLE|VIEW|MATERIALIZED VIEW|FUNCTION)"
    r"(?: IF EXISTS)? (?P<of>\w+)",
    "takes a column away": r"ALTER TABLE (?:ONLY )?(?P<of>\w+) DROP COLUMN",
    "renames": r"ALTER (?:TABLE|VIEW|FUNCTION) (?P<of>\w+).*? RENAME\b",
    "changes a type": r"ALTER TABLE (?:ONLY )?(?P<of>\w+) ALTER COLUMN \w+ (?:SET DATA )?TYPE\b",
    "asks for a value that the release before does not give": r"ALTER TABLE (?:ONLY )?(?P<of>\w+)"
    r" (?:ALTER COLUMN \w+ SET NOT NULL"
    r"|ADD COLUMN (?!.*\bDEFAULT\b)(?!.*\bGENERATED\b).*\bNOT NULL)",
    "takes a default away": r"ALTER TABLE (?:ONLY )?(?P<of>\w+) ALTER COLUMN \w+ DROP DEFAULT",
    "takes a right away": r"REVOKE .*? ON (?:FUNCTION |TABLE )?(?P<of>\w+)",
}
SINCE = re.compile(r"-- not used since (\d{4})\b")
MADE = re.compile(r"CREATE (?:TABLE|VIEW|(?:OR REPLACE )?FUNCTION)(?: IF NOT EXISTS)? (\w+)")
ADDED = re.compile(r"ALTER TABLE (\w+) ADD COLUMN (\w+)")
POLICY = re.compile(r"(?:CREATE|ALTER|DROP) POLICY (\w+) ON (\w+)")

# Those of before this rule, which are as they are: docs/RUNNING.md says what they do to the release
# before them.
BEFORE_THE_RULE: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "0051_ways_to_deliver": frozenset({"takes a right away: billing_contact"}),
        "0054_trail": frozenset(
            {"asks for a column that the release before does not know: audit_entry.door"}
        ),
        "0058_reasons_of_money": frozenset(
            {"takes a right away: payment", "takes a right away: payment_allocation"}
        ),
    }
)


def breaks(statements: str, released: str) -> Iterator[str]:
    """What in a migration's statements the release before it would miss."""
    raw = re.split(r";\s*\n\n", statements)
    each = [(one, " ".join(re.sub(r"^\s*--.*$", "", one, flags=re.M).split())) for one in raw]
    own = {name for _, one in each for name in MADE.findall(one)}
    added = {found.groups() for _, one in each if (found := ADDED.match(one))}
    policies = [(found, one) for _, one in each if (found := POLICY.match(one))]
    made = {found.groups() for found, one in policies if one.startswith("CREATE")}
    dropped = {found.groups() for found, one in policies if one.startswith("DROP")}
    for commented, one in each:
        since = SINCE.search(commented)
        if since and since[1] <= released:
            continue
        for what, pattern in TAKES_AWAY.items():
            found = re.match(pattern, one)
            if found and found["of"] not in own:
                yield f"{what}: {found['of']}"
    for name, table in sorted(dropped - made):
        if table not in own:
            yield f"takes a policy away: {name} on {table}"
    for found, one in policies:
        table = found[2]
        if one.startswith("CREATE") and found.groups() not in dropped:
            continue
        checked = one.partition("WITH CHECK")[2]
        for column in sorted(c for t, c in added if t == table):
            if re.search(rf"\b{column}\b", checked) and f"{column} IS NULL" not in checked:
                yield f"asks for a column that the release before does not know: {table}.{column}"


@cache
def _statements() -> dict[str, str]:
    return migrate.migrations_sql(Settings(environment="test"))


def test_no_migration_takes_away_what_the_release_before_it_uses() -> None:
    released = RELEASES[-1].stem
    found = {
        name: frozenset(breaks(text, released))
        for name, text in _statements().items()
        if name.partition("_")[0] > released
    }
    assert {name: what for name, what in found.items() if what} == dict(BEFORE_THE_RULE)


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("ALTER TABLE child DROP COLUMN upn", "takes a column away: child"),
        ("-- not used since 0079\nALTER TABLE child DROP COLUMN upn", "takes a column away: child"),
        ("-- not used since 0020\nALTER TABLE child DROP COLUMN upn", ""),
        ("-- squawk-ignore ban-drop-column\nALTER TABLE a DROP COLUMN b", "takes a column away: a"),
        ("ALTER TABLE child RENAME COLUMN upn TO number", "renames: child"),
        ("ALTER TABLE child RENAME TO pupil", "renames: child"),
        ("DROP TABLE child", "takes a table, a view or a function away: child"),
        ("DROP FUNCTION scope_tenant()", "takes a table, a view or a function away: scope_tenant"),
        ("CREATE FUNCTION f() RETURNS int;\n\nREVOKE ALL ON FUNCTION f() FROM PUBLIC", ""),
        ("REVOKE SELECT (a, b) ON child FROM t_authority", "takes a right away: child"),
        (
            "ALTER TABLE child ALTER COLUMN upn SET NOT NULL",
            "asks for a value that the release before does not give: child",
        ),
        (
            "ALTER TABLE child ADD COLUMN a TEXT NOT NULL",
            "asks for a value that the release before does not give: child",
        ),
        ("ALTER TABLE child ADD COLUMN a TEXT DEFAULT '' NOT NULL", ""),
        ("CREATE TABLE a (b TEXT NOT NULL);\n\nALTER TABLE a ALTER COLUMN b SET NOT NULL", ""),
        ("DROP POLICY worker ON child", "takes a policy away: worker on child"),
        ("DROP POLICY w ON child;\n\nCREATE POLICY w ON child USING (true)", ""),
        (
            "ALTER TABLE child ADD COLUMN door TEXT DEFAULT '' NOT NULL;\n\n"
            "DROP POLICY w ON child;\n\n"
            "CREATE POLICY w ON child USING (true) WITH CHECK (door = 'w')",
            "asks for a column that the release before does not know: child.door",
        ),
        (
            "ALTER TABLE child ADD COLUMN door TEXT;\n\n"
            "CREATE POLICY new ON child USING (true) WITH CHECK (door = 'w')",
            "",
        ),
        (
            "ALTER TABLE child ADD COLUMN door TEXT;\n\n"
            "DROP POLICY w ON child;\n\n"
            "CREATE POLICY w ON child USING (true) WITH CHECK (door IS NULL OR door = 'w')",
            "",
        ),
    ],
)
def test_the_rule_knows_what_breaks_the_release_before(statement: str, what: str) -> None:
    assert list(breaks(f"{statement};\n\n", "0028")) == ([what] if what else [])
