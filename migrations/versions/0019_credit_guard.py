"""No more is credited than was invoiced: of a line, and of the whole invoice."""

from __future__ import annotations

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

# What two transactions credit at once is seen by neither, so they take turns, by a lock of the
# invoice's own. Finance may not lock the invoice's row, which it may not change. A transaction with
# an older view of the data would not see what was committed while it waited, so none is let in.
NOTE = """
CREATE FUNCTION credit_stays_within_invoice() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    billed record;
    taken record;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'credit notes are written in a transaction that is read committed'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'credit_stays_within_invoice';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended(NEW.invoice_id::text, 0));
    SELECT net_pence, vat_pence, gross_pence INTO STRICT billed
      FROM invoice WHERE tenant_id = NEW.tenant_id AND id = NEW.invoice_id;
    SELECT sum(net_pence) AS net, sum(vat_pence) AS vat, sum(gross_pence) AS gross INTO taken
      FROM credit_note WHERE tenant_id = NEW.tenant_id AND invoice_id = NEW.invoice_id;
    IF taken.net > billed.net_pence OR taken.gross > billed.gross_pence
        OR taken.vat > greatest(billed.vat_pence, 0) THEN
        RAISE EXCEPTION 'more would be credited than was invoiced'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'credit_stays_within_invoice';
    END IF;
    RETURN NULL;
END
$$
"""
LINE = """
CREATE FUNCTION credit_stays_within_line() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    of_note uuid;
    billed record;
    taken bigint;
BEGIN
    SELECT invoice_id INTO STRICT of_note
      FROM credit_note WHERE tenant_id = NEW.tenant_id AND id = NEW.credit_note_id;
    PERFORM pg_advisory_xact_lock(hashtextextended(of_note::text, 0));
    SELECT invoice_id, net_pence INTO STRICT billed
      FROM invoice_line WHERE tenant_id = NEW.tenant_id AND id = NEW.invoice_line_id;
    SELECT sum(net_pence) INTO taken
      FROM credit_note_line
     WHERE tenant_id = NEW.tenant_id AND invoice_line_id = NEW.invoice_line_id;
    IF billed.invoice_id <> of_note THEN
        RAISE EXCEPTION 'the line is of another invoice'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'credit_stays_within_line';
    END IF;
    -- A line that gave something back has a net below zero, and so has what takes that back.
    IF NOT (taken BETWEEN least(billed.net_pence, 0) AND greatest(billed.net_pence, 0)) THEN
        RAISE EXCEPTION 'more would be credited of the line than was invoiced'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'credit_stays_within_line';
    END IF;
    RETURN NULL;
END
$$
"""


def upgrade() -> None:
    op.execute(NOTE)
    op.execute("REVOKE ALL ON FUNCTION credit_stays_within_invoice() FROM PUBLIC")
    op.execute(
        "CREATE TRIGGER credit_stays_within_invoice AFTER INSERT OR UPDATE ON credit_note"
        " FOR EACH ROW EXECUTE FUNCTION credit_stays_within_invoice()"
    )
    op.execute(LINE)
    op.execute("REVOKE ALL ON FUNCTION credit_stays_within_line() FROM PUBLIC")
    op.execute(
        "CREATE TRIGGER credit_stays_within_line AFTER INSERT OR UPDATE ON credit_note_line"
        " FOR EACH ROW EXECUTE FUNCTION credit_stays_within_line()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER credit_stays_within_line ON credit_note_line")
    op.execute("DROP FUNCTION credit_stays_within_line()")
    op.execute("DROP TRIGGER credit_stays_within_invoice ON credit_note")
    op.execute("DROP FUNCTION credit_stays_within_invoice()")
