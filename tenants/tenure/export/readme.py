"""What stands in an export's README: what it is, what is not in it, and what each table holds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from saas.reference.calendar_words import long_date

HIDDEN_FROM_AUTHORITY = """\
This is the authority's copy: it was read through the same wall that stands between the sides of a
dispute. Not in it, because the authority never may read it:

- what a family told the adviser in confidence, and the facts and notes that are the provider's or
  the family's alone
- the mediator's own notes, and drafts of agreements that were not sent
- messages to families, their personal links, and how they want to be reached
- documents that a side handed in and that were not shared with the authority
- one officer's answers about how a meeting was, which are that officer's alone

The provider keeps these for the years of the authority's rule and then erases them with the case.
"""
WHOLE = """\
This is the provider's whole copy. It holds what families said in confidence: it is for the provider
alone, and is never handed to an authority.
"""


def readme(
    authority: str,
    provider: str,
    schema: Sequence[Mapping[str, Any]],
    *,
    whole: bool,
    at: dt.datetime,
    absent: Sequence[str],
    left_out: Mapping[str, str],
) -> str:
    """The README in Markdown."""
    lines = [
        f"# {authority}: all that was recorded by {provider}",
        "",
        f"Made on {long_date(at.date())} at {at:%H:%M} UTC, as things stood at that moment.",
        "",
        WHOLE if whole else HIDDEN_FROM_AUTHORITY,
        "Cases whose data is restricted (UK GDPR article 18) are in it: see `case_restriction`. Do",
        "not use them but as that article lets you.",
        "",
        "## What is where",
        "",
        "- `json/TABLE.json`: every row, one a line; times are UTC, money is pence",
        "- `csv/TABLE.csv`: the same for a spreadsheet, in UTF-8; a text that a spreadsheet would"
        " run begins with an apostrophe",
        "- `files/TABLE/ID...`: documents and papers, by the id of their row; a certificate and an"
        " agreement as they were issued",
        "- `schema.json`: every table and column, for programs; below, for people",
        "- `SHA256SUMS`: check all files with `sha256sum -c SHA256SUMS`",
        "- `manifest.json`: the same with sizes and numbers of rows; `flask --app saas.app"
        " subscribers verify-export FILE` checks it",
        "",
        "Every id is a UUID. A column that ends in `_id` is the id of a row of another table.",
        "",
        "## What is left out",
        "",
        *(f"- `{name}`: {why}" for name, why in sorted(left_out.items())),
        "",
    ]
    if absent:
        lines += ["## Files that are not there", "", *(f"- {one}" for one in absent), ""]
    lines += ["## Tables", ""]
    for table in schema:
        lines += [
            f"### {table['table']}",
            "",
            table["what"],
            "",
            "| column | type | refers to | what |",
            "|---|---|---|---|",
            *(
                f"| {one['name']} | {one['type']} | {', '.join(one['refers_to'])} |"
                f" {one['what'].replace('|', '/')} |"
                for one in table["columns"]
            ),
            "",
        ]
    return "\n".join(lines)
