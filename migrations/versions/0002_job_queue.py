"""The queue of background work, as its library makes it, for the jobs' own login role."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op
from procrastinate.schema import SchemaManager

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

OURS = "(p.proname LIKE 'procrastinate%' AND n.nspname = 'public')"


def upgrade() -> None:
    prefix = context.config.attributes["settings"].database_role_prefix
    # A later version of the library brings its own steps: they get a migration each.
    op.execute(sa.text(SchemaManager.get_schema().replace(":", "\\:")))
    op.execute(
        f"""
        DO $$ DECLARE thing record; BEGIN
            FOR thing IN SELECT p.oid::regprocedure AS name FROM pg_proc p
                JOIN pg_namespace n ON n.oid = p.pronamespace WHERE {OURS}
            LOOP
                EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', thing.name);
                EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO {prefix}_jobs', thing.name);
            END LOOP;
            FOR thing IN SELECT c.oid::regclass AS name, c.relkind FROM pg_class c
                JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE c.relname LIKE 'procrastinate%' AND n.nspname = 'public'
                AND c.relkind IN ('r', 'S')
            LOOP
                IF thing.relkind = 'r' THEN
                    EXECUTE format(
                        'GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO {prefix}_jobs', thing.name);
                ELSE
                    EXECUTE format('GRANT USAGE, SELECT ON SEQUENCE %s TO {prefix}_jobs', thing.name);
                END IF;
            END LOOP;
        END $$
        """
    )


def downgrade() -> None:
    op.execute(
        f"""
        DO $$ DECLARE thing record; BEGIN
            FOR thing IN SELECT c.oid::regclass AS name FROM pg_class c
                WHERE c.relname LIKE 'procrastinate%' AND c.relkind = 'r'
            LOOP EXECUTE format('DROP TABLE IF EXISTS %s CASCADE', thing.name); END LOOP;
            FOR thing IN SELECT p.oid::regprocedure AS name FROM pg_proc p
                JOIN pg_namespace n ON n.oid = p.pronamespace WHERE {OURS}
            LOOP EXECUTE format('DROP FUNCTION IF EXISTS %s CASCADE', thing.name); END LOOP;
            FOR thing IN SELECT t.oid::regtype AS name FROM pg_type t
                WHERE t.typname LIKE 'procrastinate%' AND t.typtype IN ('e', 'c')
            LOOP EXECUTE format('DROP TYPE IF EXISTS %s CASCADE', thing.name); END LOOP;
        END $$
        """
    )
