"""Cases from spreadsheets, by the command that people use, against the real database."""

from __future__ import annotations

import csv
import datetime as dt
import io
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import Result
from flask import Flask

from saas.database.scope import Scope, scoped
from saas.identity.signed_in import Tenancy
from tenants.casework import actions
from tenants.casework.kept.models import CasePosition
from tenants.casework.kinds import Choice, FactKind, Stage
from tenants.casework.models import AgreedStep, Child, SenCase
from tenants.casework.queries import load_record
from tenants.imports.columns import COLUMNS, template
from tests.factories import actor

HEADER = [column.name for column in COLUMNS]
EXAMPLE = {column.name: column.example for column in COLUMNS}
# Only what must be there, and a decision: a case that has just been opened.
OPEN = {
    "external_reference": "NEW-1",
    "child_given_name": "Ben",
    "child_family_name": "Example",
    "date_of_birth": "2017-01-31",
    "route": "parent",
    "decision_type": "rta",
    "notice_sent": "2026-03-02",
    "referral_date": "2026-03-20",
}


def csv_of(path: Path, *rows: dict[str, str], delimiter: str = ",", coding: str = "utf-8") -> Path:
    names = list(dict.fromkeys(name for row in rows for name in row))
    out = io.StringIO()
    writer = csv.DictWriter(out, names, delimiter=delimiter, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    path.write_bytes(out.getvalue().encode(coding))
    return path


def run(app: Flask, tenant: Tenancy, path: Path, *options: str) -> Result:
    return app.test_cli_runner().invoke(
        args=["cases", "import", str(path), "--authority", tenant.slug, *options]
    )


def count(tenant: Tenancy) -> int:
    with scoped(Scope.provider(tenant.id, None)) as session:
        return session.scalar(sa.select(sa.func.count()).select_from(SenCase)) or 0


def test_the_template_is_a_file_that_the_import_takes(
    app: Flask, tenant: Tenancy, tmp_path: Path
) -> None:
    printed = app.test_cli_runner().invoke(args=["cases", "import", "--template"])
    assert printed.exit_code == 0
    path = tmp_path / "old.csv"
    path.write_text(printed.output, newline="")
    done = run(app, tenant, path)
    assert (done.exit_code, done.output) == (0, "1 row: 1 new, 0 already there.\n")
    with scoped(Scope.provider(tenant.id, None)) as session:
        case = session.scalars(sa.select(SenCase)).one()
        record = load_record(session, case.id)
        assert case.external_reference == "OLD-0001" and case.opened_on == dt.date(2024, 4, 12)
        assert record.choice is not None and record.choice.value == Choice.MEDIATE
        held = record.first(FactKind.MEETING_HELD)
        assert held is not None and held.on == dt.date(2024, 5, 13)
        position = session.scalars(sa.select(CasePosition)).one()
        assert (position.stage, position.outcome) == (Stage.CLOSED, "full")
        steps = session.scalars(sa.select(AgreedStep)).all()
        assert {(step.part, step.done_on) for step in steps} == {
            ("tell", dt.date(2024, 6, 24)),
            ("final_plan", dt.date(2024, 6, 24)),
        }
        child = session.scalars(sa.select(Child)).one()
        assert (child.upn, child.date_of_birth) == ("H801200001001", dt.date(2016, 3, 9))


def test_a_file_that_only_names_its_columns_is_refused(
    app: Flask, tenant: Tenancy, tmp_path: Path
) -> None:
    path = tmp_path / "header.csv"
    header = app.test_cli_runner().invoke(args=["cases", "import", "--template"]).output
    path.write_text(header.splitlines()[0] + "\n,,,\n")
    done = run(app, tenant, path)
    assert done.exit_code == 1
    assert "holds no case: add a row below them" in done.output


def test_the_columns_are_documented_with_what_each_holds(app: Flask) -> None:
    said = app.test_cli_runner().invoke(args=["cases", "import", "--columns"]).output
    for column in COLUMNS:
        assert column.name in said and column.meaning in said


def test_the_same_file_twice_changes_nothing_and_says_so(
    app: Flask, tenant: Tenancy, tmp_path: Path
) -> None:
    path = csv_of(tmp_path / "a.csv", EXAMPLE, OPEN)
    run(app, tenant, path)
    again = run(app, tenant, path)
    assert (again.exit_code, again.output) == (0, "2 rows: 0 new, 2 already there.\n")
    assert count(tenant) == 2


def test_what_was_recorded_since_is_no_difference(
    app: Flask, tenant: Tenancy, tmp_path: Path
) -> None:
    path = csv_of(tmp_path / "a.csv", OPEN)
    run(app, tenant, path)
    with scoped(Scope.provider(tenant.id, None)) as session:
        case = session.scalars(sa.select(SenCase)).one()
        actions.add_fact(
            session,
            case.id,
            FactKind.CONTACT_MADE,
            dt.date(2026, 3, 23),
            by=actor(),
            today=dt.date(2026, 6, 10),
        )
    assert run(app, tenant, path).output == "1 row: 0 new, 1 already there.\n"


def test_a_case_that_is_there_with_other_content_is_refused_by_column(
    app: Flask, tenant: Tenancy, tmp_path: Path
) -> None:
    run(app, tenant, csv_of(tmp_path / "a.csv", EXAMPLE))
    changed = {
        **EXAMPLE,
        "primary_need": "SEMH",
        "outcome": "partial",
        "meeting_held": "14/05/2024",
        "concluded_date": "14/05/2024",
        "agreement_date": "14/05/2024",
        "certificate_date": "16/05/2024",
        "parent_telephone": "07700 900001",
        "step_1_done": "25/06/2024",
    }
    refused = run(app, tenant, csv_of(tmp_path / "b.csv", changed))
    assert refused.exit_code == 1
    columns = {
        line.split(":")[0].removeprefix("Row 2, ")
        for line in refused.output.splitlines()
        if line.startswith("Row ")
    }
    assert columns >= {
        "primary_need",
        "meeting_held",
        "concluded_date",
        "certificate_date",
        "parent_telephone",
        "agreement_date",
        "step_1_done",
    }
    assert "mias_date" not in columns


def test_one_wrong_row_keeps_the_whole_file_out(
    app: Flask, tenant: Tenancy, tmp_path: Path
) -> None:
    wrong = {**OPEN, "external_reference": "NEW-2", "referral_date": "31/02/2026"}
    refused = run(app, tenant, csv_of(tmp_path / "a.csv", OPEN, wrong))
    assert refused.exit_code == 1
    assert "Row 3, referral_date: There is no such day in the calendar" in refused.output
    assert "nothing was written" in refused.output
    assert count(tenant) == 0


@pytest.mark.parametrize(
    ("column", "cell", "says"),
    [
        ("date_of_birth", "03/25/2016", "There is no month 25: write it as 2026-03-25 or 25/03"),
        ("date_of_birth", "09/03/16", "The year needs four figures"),
        ("date_of_birth", "March 2016", "This is not a date: write it as"),
        ("date_of_birth", "2099-01-01", "must be in the past"),
        ("date_of_birth", "1994-01-01", "up to the age of 25"),
        ("referral_date", "", "This must not be blank"),
        ("referral_date", "2013-01-01", "on or after 1 September 2014"),
        pytest.param(
            "referral_date",
            (dt.date.today() + dt.timedelta(days=9)).isoformat(),
            "must be today or in the past",
            id="a day ahead",
        ),
        ("route", "neighbour", "Write one of: parent, young_person, authority"),
        ("route", "school", "must have given its permission"),
        ("decision_type", "XYZ", "Write one of: RTA, RTI, CONTENT"),
        ("decision_type", "", "Say which decision"),
        ("upn", "A801200001001", "The first letter does not fit"),
        ("upn", "H8012", "A UPN has 13 characters"),
        ("mias_minutes", "soon", "whole number from 1 to 480"),
        ("health_issue", "perhaps", "Write yes or no"),
        ("sections", "B and Z", "letters of the plan's sections"),
        ("choice", "mediate", "because choice is"),
        ("meeting_held", "2026-04-20", "has not chosen to mediate"),
        ("external_reference", "", "This must not be blank"),
        ("primary_need", "#N/A", "The formula of this cell has failed"),
    ],
)
def test_a_wrong_cell_is_told_by_row_and_column_with_what_would_be_right(
    app: Flask, tenant: Tenancy, tmp_path: Path, column: str, cell: str, says: str
) -> None:
    refused = run(app, tenant, csv_of(tmp_path / "a.csv", {**OPEN, column: cell}))
    assert refused.exit_code == 1
    assert says in refused.output
    assert "Row 2, " in refused.output


def test_all_mistakes_are_told_at_once_and_none_of_them_names_a_child(
    app: Flask, tenant: Tenancy, tmp_path: Path
) -> None:
    rows = [
        {
            **OPEN,
            "external_reference": f"R{n}",
            "child_given_name": "Secretname",
            "date_of_birth": "soon",
            "mias_minutes": "x",
        }
        for n in range(150)
    ]
    into = tmp_path / "mistakes.csv"
    refused = run(app, tenant, csv_of(tmp_path / "a.csv", *rows), "--errors", str(into))
    assert "300 mistakes in 150 rows" in refused.output
    assert "... and 100 more" in refused.output
    assert "Secretname" not in refused.output
    written = list(csv.reader(into.read_text(encoding="utf-8-sig").splitlines()))
    assert len(written) == 301
    assert written[1][:2] == ["2", "date_of_birth"]
    assert "Secretname" not in into.read_text()


def test_a_rule_broken_by_two_dates_names_the_column_of_the_later_one(
    app: Flask, tenant: Tenancy, tmp_path: Path
) -> None:
    row = {
        **OPEN,
        "mias_date": "25/03/2026",
        "choice": "decline",
        "choice_date": "24/03/2026",
        "certificate_kind": "s55_5",
        "certificate_date": "26/03/2026",
    }
    refused = run(app, tenant, csv_of(tmp_path / "a.csv", row))
    assert "Row 2, choice_date: The choice cannot be before" in refused.output
    assert "Row 2, certificate_kind: Record first that the mediation was held" in refused.output
    assert "2 mistakes in 1 row" in refused.output


@pytest.mark.parametrize(
    ("names", "says"),
    [
        ({"colour": "x"}, "There is no column 'colour': delete it, or see --columns"),
        ({"referal_date": "x"}, "did you mean referral_date?"),
    ],
)
def test_unknown_columns_are_refused(
    app: Flask, tenant: Tenancy, tmp_path: Path, names: dict[str, str], says: str
) -> None:
    refused = run(app, tenant, csv_of(tmp_path / "a.csv", {**OPEN, **names}))
    assert refused.exit_code == 1 and says in refused.output


def test_missing_and_repeated_columns_are_refused(
    app: Flask, tenant: Tenancy, tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("External reference,UPN,upn\r\nA,,\r\n")
    said = run(app, tenant, path).output
    assert "The column upn is there twice: delete one" in said
    assert "The column date_of_birth is missing: add it" in said


def test_two_rows_with_one_reference_are_refused(
    app: Flask, tenant: Tenancy, tmp_path: Path
) -> None:
    refused = run(app, tenant, csv_of(tmp_path / "a.csv", OPEN, OPEN))
    assert "Row 3, external_reference: Row 2 has the same" in refused.output


def test_two_upns_of_one_child_are_refused(app: Flask, tenant: Tenancy, tmp_path: Path) -> None:
    first = {**OPEN, "upn": "H801200001001"}
    second = {**OPEN, "upn": "X801200001002", "external_reference": "NEW-2"}
    refused = run(app, tenant, csv_of(tmp_path / "a.csv", first, second))
    assert "Row 3, upn" in refused.output and "row 2 has another UPN" in refused.output


def test_a_trial_does_everything_and_leaves_nothing(
    app: Flask, tenant: Tenancy, tmp_path: Path
) -> None:
    path = csv_of(tmp_path / "a.csv", EXAMPLE, OPEN)
    tried = run(app, tenant, path, "--dry-run")
    assert tried.exit_code == 0
    assert "2 rows: 2 new, 0 already there. This was a trial: nothing was written." in tried.output
    assert count(tenant) == 0
    run(app, tenant, path)
    with scoped(Scope.provider(tenant.id, None)) as session:
        references = session.scalars(sa.select(SenCase.reference).order_by(SenCase.reference)).all()
        assert [reference[-4:] for reference in references] == ["0001", "0001"]


def test_an_appeal_after_the_closing_and_a_facilitation_are_taken(
    app: Flask, tenant: Tenancy, tmp_path: Path
) -> None:
    appealed = {**OPEN, "closed_date": "2026-04-10", "appeal_registered": "2026-04-20"}
    facilitated = {
        "external_reference": "F-1",
        "child_given_name": "Cem",
        "child_family_name": "Example",
        "date_of_birth": "2012-02-29",
        "service": "Facilitation",
        "route": "Parent or carer",
        "referral_date": "2026-01-12",
        "family_consent": "2026-01-14",
        "meeting_fixed": "2026-01-15",
        "meeting_date": "2026-02-02",
        "meeting_held": "2026-02-02",
        "concluded_date": "2026-02-02",
    }
    done = run(app, tenant, csv_of(tmp_path / "a.csv", appealed, facilitated))
    assert done.output == "2 rows: 2 new, 0 already there.\n"


def test_an_authority_that_does_not_subscribe_is_refused(app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(template(), newline="")
    said = app.test_cli_runner().invoke(
        args=["cases", "import", str(path), "--authority", "atlantis"]
    )
    assert said.exit_code == 2 and "No authority with the name 'atlantis'" in said.output
