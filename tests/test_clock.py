"""No rule reads a clock: today and now are passed in, so that any day can be asked about."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from saas.config import ROOT

# Where a clock may be read, and why.
MAY_READ = {
    # The one clock of the doors, that of the words on a page, and that of commands.
    "saas/web/today.py",
    "saas/web/dates.py",
    "saas/reference/today.py",
    # The worker says to each task when it is.
    "saas/queue.py",
    # Commands, which are doors of their own.
    "saas/audit/cli.py",
    "saas/identity/cli.py",
    "tenants/imports/cli.py",
    "tenants/notices/cli.py",
    # When a row was written, which no rule asks; and the day on which open data is loaded.
    "saas/identity/models.py",
    "saas/reference/models.py",
    "saas/reference/load.py",
}
READS = {"today", "now", "utcnow"}
CLOCKS = {"date", "datetime", "dt"}
IN_SQL = re.compile(
    r"\b(now|clock_timestamp|statement_timestamp|transaction_timestamp)\s*\(\s*\)"
    r"|\bCURRENT_(DATE|TIMESTAMP)\b|\bLOCALTIMESTAMP\b",
    re.I,
)


def readings(source: str) -> Iterator[int]:
    """The lines on which a clock is read."""
    tree = ast.parse(source)
    prose = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            of = node.func.value
            named = of.id if isinstance(of, ast.Name) else getattr(of, "attr", "")
            if node.func.attr in READS - {"now"} and named in CLOCKS:
                yield node.lineno
            if node.func.attr == "now" and named in (*CLOCKS, "func"):
                yield node.lineno
            if node.func.attr == "clock_timestamp":
                yield node.lineno
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in prose
            and IN_SQL.search(node.value)
        ):
            yield node.lineno


def files() -> list[Path]:
    return [
        path for folder in ("saas", "tenants", "billing") for path in (ROOT / folder).rglob("*.py")
    ]


def test_no_rule_reads_a_clock() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: pass today or now in"
        for path in files()
        if str(path.relative_to(ROOT)) not in MAY_READ
        for line in readings(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_every_place_that_may_read_a_clock_does() -> None:
    idle = [
        name for name in MAY_READ if not any(readings((ROOT / name).read_text(encoding="utf-8")))
    ]
    assert idle == []


def test_each_kind_of_reading_is_seen() -> None:
    for source in (
        "import datetime as dt\nx = dt.date.today()",
        "from datetime import datetime\nx = datetime.now()",
        "x = dt.datetime.now(dt.UTC)",
        "x = sa.func.now()",
        'x = "SELECT * FROM invoice WHERE due_on < CURRENT_DATE"',
        'x = "UPDATE a SET at = now()"',
    ):
        assert list(readings(source)), source
    assert not list(readings('"""What happens now() is told."""\nx = today()'))
