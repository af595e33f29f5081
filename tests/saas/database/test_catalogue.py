"""The walls as the database keeps them: nothing more open than a model declares, nothing less."""

from __future__ import annotations

from collections.abc import Iterator

import alembic.command
import psycopg
import pytest
import sqlalchemy as sa

import saas.tables
from saas.config import Settings
from saas.database import migrate
from saas.database.base import READ, Base, Grant, Wall, declared_walls
from saas.database.connections import owner_connection
from saas.database.embedded import ServerAddress
from saas.database.scope import READERS, LoginRole
from saas.database.walls import PREFIX, wall_statements
from tests.saas.database.attack import make_hole
from tests.saas.database.catalogue import faults
from tests.saas.database.catalogue_known import rows

assert saas.tables.Base is Base

# What only the provider may know of a family, whatever table it will stand in one day.
NEVER_THE_AUTHORITYS = {
    *("email", "telephone", "phone", "postcode", "address"),
    *("preferred_communication", "adjustments", "interpreter", "preparation"),
    *("choice", "choice_on"),
    # Of measured_case: among its events are the choice and the family's answers.
    "counters",
    "participants",
    "rating",
    "comment",
    "withheld",
}
# The authority's own people and places, and open data.
NOT_OF_A_FAMILY = {
    ("postcode", "postcode"),
}


@pytest.fixture(name="admin")
def superuser(server: ServerAddress, settings: Settings) -> Iterator[psycopg.Connection]:
    name = sa.make_url(settings.database_url.get_secret_value()).database
    assert name is not None
    with psycopg.connect(server.url(name)) as connection:
        yield connection
        connection.rollback()


def found(connection: psycopg.Connection, settings: Settings, **more: Wall) -> list[str]:
    walls = {**declared_walls(), **more}
    return faults(connection, walls, settings.database_role_prefix)


def test_every_table_has_exactly_the_wall_that_its_model_declares(
    admin: psycopg.Connection, settings: Settings
) -> None:
    assert found(admin, settings) == []


def test_every_mapped_table_declares_a_wall() -> None:
    silent = [
        mapper.class_.__name__
        for mapper in Base.registry.mappers
        if not isinstance(getattr(mapper.class_, "wall", None), Wall)
    ]
    assert silent == [], "give each a `wall: ClassVar[Wall] = Wall(...)`"
    unmapped = set(Base.metadata.tables) - set(declared_walls())
    assert unmapped == set(), "a table without a class declares nothing"
    for name, wall in declared_walls().items():
        held = {"tenant_id"} & set(Base.metadata.tables[name].columns.keys())
        assert wall.tenant_column is not None or not held, f"{name} holds tenants' rows: say so"


def test_what_accounts_are_done_with_reaches_no_case(settings: Settings) -> None:
    """Finance, and everyone outside a tenant, has no grant on a case or on what hangs on one."""
    of_cases = {"sen_case", "child"}
    grown = True
    while grown:
        more = {
            table.name
            for table in Base.metadata.tables.values()
            for key in table.foreign_keys
            if key.column.table.name in of_cases
        }
        grown = not more <= of_cases
        of_cases |= more
    assert {"case_fact", "case_party", "case_note", "case_position", "certificate"} <= of_cases
    outside = (
        LoginRole.FINANCE,
        LoginRole.FINANCE_READER,
        LoginRole.PUBLIC,
        LoginRole.IDENTITY,
        LoginRole.JOBS,
    )
    reached = [
        (name, str(role))
        for name, wall in declared_walls().items()
        if name in of_cases
        for role in outside
        if role in wall.grants
    ]
    # Whose a personal link is, found before its tenant is known: ids, and the hash of the key; and
    # how often a wrong date of birth was given there.
    links = ("family_link", "participant_link", "signing_link")
    assert sorted(reached) == [
        # Anyone may write a complaint at the front door, or hand a referral in, and read none.
        ("complaint", "public"),
        ("family_check", "identity"),
        ("family_link", "identity"),
        ("front_referral", "public"),
        ("participant_link", "identity"),
        ("signing_link", "identity"),
    ]
    assert declared_walls()["complaint"].grants[LoginRole.PUBLIC].select == ("recorded_at", "way")
    assert declared_walls()["front_referral"].grants[LoginRole.PUBLIC].select == ()
    assert declared_walls()["family_check"].grants[LoginRole.IDENTITY].update == (
        "wrong",
        "last_wrong_at",
    )
    for name in links:
        link = declared_walls()[name].grants[LoginRole.IDENTITY]
        assert not {"created_by_name", "revoked_by_name"} & set(link.select)
        assert (link.insert, link.update, link.delete) == ((), ("last_used_at",), False)


def test_the_authority_is_granted_no_column_that_is_the_familys_alone(
    admin: psycopg.Connection, settings: Settings
) -> None:
    granted = rows(
        admin,
        """SELECT c.relname, a.attname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
           JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
           WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p', 'v')
           AND has_column_privilege(%s, c.oid, a.attnum, 'SELECT')""",
        f"{settings.database_role_prefix}_authority",
    )
    assert ("case_party", "name") in granted
    private = {(t, c) for t, c in granted if c in NEVER_THE_AUTHORITYS} - NOT_OF_A_FAMILY
    assert private == set(), "name the columns in the authority's Grant(select=...)"


def test_rows_with_an_audience_are_hidden_from_the_authority_by_it(
    admin: psycopg.Connection,
) -> None:
    with_audience = [name for name, t in Base.metadata.tables.items() if "audience" in t.columns]
    assert "case_note" in with_audience
    for name in with_audience:
        policies = dict(
            rows(
                admin,
                "SELECT policyname, qual FROM pg_policies WHERE tablename = %s",
                name,
            )
        )
        if "authority" in policies:
            assert "audience" in policies["authority"], f"{name}: Grant(rows=...) for the authority"


BAD_TABLES = {
    "made by hand": (
        ["CREATE TABLE made_by_hand (id integer)"],
        None,
        "made_by_hand has no model",
    ),
    "no policies": (
        ["CREATE TABLE bad (tenant_id uuid, id uuid, PRIMARY KEY (tenant_id, id))"],
        Wall(),
        "ENABLE ROW LEVEL SECURITY",
    ),
    "not forced": (
        [
            "CREATE TABLE bad (tenant_id uuid, id uuid, PRIMARY KEY (tenant_id, id))",
            "ALTER TABLE bad ENABLE ROW LEVEL SECURITY",
        ],
        Wall(),
        "FORCE ROW LEVEL SECURITY",
    ),
    "a key of its own": (
        ["CREATE TABLE bad (tenant_id uuid, id uuid PRIMARY KEY)"],
        Wall(),
        "unique across tenants",
    ),
    "a unique index": (
        [
            "CREATE TABLE bad (tenant_id uuid, id uuid, PRIMARY KEY (tenant_id, id))",
            "CREATE UNIQUE INDEX bad_id ON bad (lower(id::text), tenant_id)",
        ],
        Wall(),
        "bad_id is unique across tenants",
    ),
    "a foreign key past the tenant": (
        [
            "CREATE TABLE bad (tenant_id uuid, id uuid, other uuid, PRIMARY KEY (tenant_id, id),"
            " FOREIGN KEY (other, tenant_id) REFERENCES child (id, tenant_id))",
        ],
        Wall(),
        "can reach another tenant's child",
    ),
    "set null": (
        [
            "CREATE TABLE bad (tenant_id uuid, id uuid, other uuid, PRIMARY KEY (tenant_id, id),"
            " FOREIGN KEY (tenant_id, other) REFERENCES child ON DELETE SET NULL)",
        ],
        Wall(),
        "no SET NULL",
    ),
    "a platform table that names a tenant's row": (
        [
            "CREATE TABLE bad (id uuid PRIMARY KEY, tenant uuid, child uuid,"
            " FOREIGN KEY (tenant, child) REFERENCES child (tenant_id, id))",
        ],
        Wall(tenant_column=None),
        "to a tenant's child",
    ),
    "a counter": (
        [
            "CREATE TABLE bad (tenant_id uuid, id bigint GENERATED ALWAYS AS IDENTITY,"
            " PRIMARY KEY (tenant_id, id))"
        ],
        Wall(),
        "tells a tenant the volume",
    ),
    "a grant too many": (
        ["GRANT DELETE ON child TO {prefix}_provider"],
        None,
        "not declared: grant child t_provider DELETE",
    ),
    "a column too many": (
        ["GRANT SELECT (email) ON case_party TO {prefix}_authority"],
        None,
        "not declared: grant case_party t_authority SELECT (email)",
    ),
    "a grant too few": (
        ["REVOKE SELECT ON certificate FROM {prefix}_authority"],
        None,
        "declared, but not in the database: grant certificate t_authority SELECT",
    ),
    "a grant to everyone": (
        ["GRANT SELECT ON sen_case TO PUBLIC"],
        None,
        "relation sen_case: SELECT is granted to PUBLIC",
    ),
    "a second policy": (
        ["CREATE POLICY more ON child TO {prefix}_provider USING (true)"],
        None,
        "not declared: policy child more",
    ),
    "a policy that lets all through": (
        ["ALTER POLICY authority ON case_note USING (true)"],
        None,
        "does not compare the tenant",
    ),
    "a policy that lets foreign rows be written": (
        ["ALTER POLICY provider ON case_note WITH CHECK (true)"],
        None,
        "lets rows be written that it hides",
    ),
    "a view": (
        ["CREATE VIEW peep AS SELECT * FROM case_note"],
        None,
        "the view peep reads as its owner",
    ),
    "a materialised view": (
        ["CREATE MATERIALIZED VIEW peep AS SELECT * FROM case_note"],
        None,
        "policies do not hold",
    ),
    "a function of the owner's": (
        [
            "CREATE FUNCTION peep() RETURNS bigint LANGUAGE sql SECURITY DEFINER"
            " AS 'SELECT count(*) FROM case_note'"
        ],
        None,
        "peep runs as its owner",
    ),
    "the open seal": (
        ["GRANT EXECUTE ON FUNCTION scope_claims() TO {prefix}_authority"],
        None,
        "t_authority may call the function scope_claims",
    ),
    "the key of the seal": (
        ["GRANT SELECT ON scope_seal TO {prefix}_authority"],
        None,
        "t_authority reaches scope_seal",
    ),
    "a role above policies": (
        ["ALTER ROLE {prefix}_authority BYPASSRLS"],
        None,
        "t_authority is BYPASSRLS",
    ),
    "a role in a role": (
        ["GRANT {prefix}_provider TO {prefix}_authority"],
        None,
        "t_authority is a member of t_provider",
    ),
    "a role that owns": (
        ["ALTER TABLE case_note OWNER TO {prefix}_provider"],
        None,
        "t_provider owns the relation case_note",
    ),
    "the queue": (
        ["GRANT SELECT ON procrastinate_jobs TO {prefix}_authority"],
        None,
        "t_authority reaches procrastinate_jobs",
    ),
    "truncation": (
        ["GRANT TRUNCATE ON child TO {prefix}_provider"],
        None,
        "t_provider has more than the four verbs on child",
    ),
    "tables of its own": (
        ["GRANT TEMPORARY ON DATABASE {database} TO {prefix}_authority"],
        None,
        "t_authority has TEMPORARY on the database",
    ),
    "a door for everyone": (
        ["GRANT CONNECT ON DATABASE {database} TO PUBLIC"],
        None,
        "CONNECT is granted to PUBLIC",
    ),
    "rights to come": (
        ["ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO {prefix}_authority"],
        None,
        "by default",
    ),
    "another schema": (
        ["CREATE SCHEMA aside", "CREATE TABLE aside.child (id integer)"],
        None,
        "stands outside the schema public",
    ),
}


@pytest.mark.parametrize("case", BAD_TABLES)
def test_a_hole_in_a_wall_is_found(
    admin: psycopg.Connection, settings: Settings, case: str
) -> None:
    """Each hole is made in a transaction that never ends well, and must be named."""
    statements, wall, expected = BAD_TABLES[case]
    for statement in statements:
        text = statement.replace(PREFIX, settings.database_role_prefix)
        make_hole(admin, text.replace("{database}", admin.info.dbname))
    said = found(admin, settings, **({"bad": wall} if wall else {}))
    assert any(expected in one for one in said), "\n".join(said) or "nothing was found"


def test_a_table_walled_as_the_command_prints_passes(
    admin: psycopg.Connection, settings: Settings
) -> None:
    wall = Wall(
        grants={
            LoginRole.PROVIDER: Grant(select=("*",), insert=("*",)),
            LoginRole.PROVIDER_READER: READ,
            LoginRole.AUTHORITY: Grant(select=("tenant_id", "id"), rows="id IS NOT NULL"),
        }
    )
    admin.execute("CREATE TABLE good (tenant_id uuid, id uuid, PRIMARY KEY (tenant_id, id))")
    for statement in wall_statements("good", wall):
        admin.execute(statement.replace(PREFIX, settings.database_role_prefix).encode())
    admin.execute(f"ALTER TABLE good OWNER TO {settings.database_role_prefix}_owner".encode())
    assert found(admin, settings, good=wall) == []


def test_readers_of_all_tenants_are_declared_to_write_nothing() -> None:
    writes = [
        (name, str(role))
        for name, wall in declared_walls().items()
        for role in READERS & set(wall.grants)
        if wall.grants[role].insert or wall.grants[role].update or wall.grants[role].delete
    ]
    assert writes == []


def test_the_models_and_the_migrations_agree(settings: Settings) -> None:
    assert migrate.differences(settings) == []


def test_the_schema_can_be_taken_down_and_built_again(fresh_settings: Settings) -> None:
    config = migrate.alembic_config(fresh_settings)
    alembic.command.downgrade(config, "base")
    with owner_connection(fresh_settings) as connection:
        left = rows(
            connection,
            """SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
               WHERE n.nspname = 'public' UNION ALL SELECT proname FROM pg_proc p
               JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'public'
               UNION ALL SELECT typname FROM pg_type t JOIN pg_namespace n
               ON n.oid = t.typnamespace WHERE n.nspname = 'public'""",
        )
    assert [name for (name,) in left if not name.lstrip("_").startswith("alembic_version")] == []
    alembic.command.upgrade(config, "head")
    assert migrate.differences(fresh_settings) == []
