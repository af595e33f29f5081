"""What the catalogue says of functions and sequences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import psycopg

from saas.database.base import Wall
from saas.database.scope import LoginRole
from tests.saas.database.catalogue_known import (
    DEFINER_FUNCTIONS,
    OPEN_FUNCTIONS,
    OURS,
    QUEUE,
    ROLE_FUNCTIONS,
    UNMAPPED,
    rows,
)


def faults_of_functions(
    connection: psycopg.Connection, logins: Mapping[str, LoginRole], owner: str
) -> Iterator[str]:
    for name, definer, settings, owned_by, callers in rows(
        connection,
        f"""SELECT p.proname, p.prosecdef, coalesce(p.proconfig, '{{}}'), p.proowner::regrole::text,
                   ARRAY(SELECT r FROM unnest(%s::text[]) r
                         WHERE has_function_privilege(r, p.oid, 'EXECUTE'))
            FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE {OURS}""",
        list(logins),
    ):
        if definer:
            if name not in DEFINER_FUNCTIONS:
                yield f"the function {name} runs as its owner and is not on the list of those"
            if settings != ["search_path=pg_catalog, pg_temp"]:
                yield f"the function {name} runs as its owner with a search_path of its caller's"
            if owned_by != owner:
                yield f"the function {name} belongs to {owned_by}"
        prefix = owner.removesuffix("_owner")
        allowed = {f"{prefix}_jobs"} if name.startswith(QUEUE) else set()
        allowed |= {f"{prefix}_{role}" for role in ROLE_FUNCTIONS.get(name, ())}
        if name not in OPEN_FUNCTIONS:
            for caller in sorted(set(callers) - allowed):
                yield f"{caller} may call the function {name}"
    for trigger, table in rows(
        connection,
        f"""SELECT r.rulename, c.relname FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class
            JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind NOT IN ('v', 'm') AND {OURS}""",
    ):
        yield f"the rule {trigger} on {table} acts as its owner"


def faults_of_sequences(
    connection: psycopg.Connection, walls: Mapping[str, Wall], logins: Mapping[str, LoginRole]
) -> Iterator[str]:
    for name, callers in rows(
        connection,
        f"""SELECT c.relname, ARRAY(SELECT r FROM unnest(%s::text[]) r
                   WHERE has_sequence_privilege(r, c.oid, 'USAGE, SELECT, UPDATE'))
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind = 'S' AND {OURS}""",
        list(logins),
    ):
        if not name.startswith(QUEUE):
            yield f"the sequence {name} tells a tenant the volume of the others: use a UUIDv7"
        elif any(logins[caller] is not LoginRole.JOBS for caller in callers):
            yield f"{', '.join(callers)} may use the sequence {name}"
    for table, caller in rows(
        connection,
        f"""SELECT c.relname, r FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace,
                   unnest(%s::text[]) r
            WHERE c.relkind IN ('r', 'p') AND {OURS}
            AND (has_table_privilege(r, c.oid, 'TRUNCATE, REFERENCES, TRIGGER, MAINTAIN')
                 OR has_any_column_privilege(r, c.oid, 'SELECT, INSERT, UPDATE, REFERENCES')
                 OR has_table_privilege(r, c.oid, 'DELETE'))""",
        list(logins),
    ):
        if table in UNMAPPED or (table.startswith(QUEUE) and logins[caller] is not LoginRole.JOBS):
            yield f"{caller} reaches {table}"
    for table, caller in rows(
        connection,
        f"""SELECT c.relname, r FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace,
                   unnest(%s::text[]) r
            WHERE c.relkind IN ('r', 'p') AND {OURS}
            AND has_table_privilege(r, c.oid, 'TRUNCATE, REFERENCES, TRIGGER, MAINTAIN')""",
        list(logins),
    ):
        if not table.startswith(QUEUE):
            yield f"{caller} has more than the four verbs on {table}"
