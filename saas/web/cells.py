"""The two parts that a list repeats hundreds of times on a page: a cell, and a clock.

They are Python, and not macros, because a macro's call costs several times what it writes.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Any

from markupsafe import Markup, escape

from saas.web.dates import clock_words, short_date


def table_cell(
    label: str, content: Any, numeric: bool = False, head: bool = False, note: Any = ""
) -> Markup:
    """One cell of a table that turns into cards on a telephone.

    Args:
        label: the column's text, which a card repeats.
        head: the cell names its row.
        note: a smaller line below.
    """
    begins = _begins(escape(label), numeric, head)
    said = f' <span class="app-table__note">{escape(note)}</span>' if note else ""
    return Markup(f"{begins}{escape(content)}{said}{_HEAD_ENDS if head else _ENDS}")  # noqa: S704


_ENDS, _HEAD_ENDS = "</span></td>\n", "</span></th>\n"


@lru_cache(maxsize=1024)
def _begins(label: Markup, numeric: bool, head: bool) -> str:
    if head:
        kind, role, more = 'th scope="row"', "rowheader", " app-table__cell--head"
    else:
        kind, role, more = "td", "cell", " app-table--number" if numeric else ""
    return f'<{kind} role="{role}" class="app-table__cell{more}" data-label="{label}"><span>'


def clock(
    due: date | None,
    today: date,
    done_on: date | None = None,
    none_text: str = "No clock running",
    late: str = "",
    quiet: bool = False,
) -> Markup:
    """A date that matters: date, words and colour, never colour alone.

    Args:
        late: such as 'passed', for a last day that nobody owes anything for.
        quiet: somebody else has to act, so that the date alone is shown.
    """
    if due is None:
        return Markup('<span class="app-clock">{}</span>').format(none_text)
    shown = (
        f'<time class="app-clock__date" datetime="{due.isoformat()}">'
        f"{escape(short_date(due, today))}</time>"
    )
    if quiet:
        return Markup(f'<span class="app-clock">{shown}</span>')  # noqa: S704
    said = clock_words(due, today, done_on)
    words = said.words
    if late and said.urgency == "overdue":
        words = f"{words.replace('overdue by', late)} ago"
    return Markup(  # noqa: S704
        f'<span class="app-clock">{shown} '
        f'<span class="app-tag app-tag--{said.urgency}">{escape(words)}</span></span>'
    )
