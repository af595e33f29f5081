"""The page on which finance says what the columns of a bank's file hold."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from billing.payments.bank_files import StatementRefused, decoded
from billing.payments.layouts import ROLES, Sample, sample_of
from saas.web.forms import PageForm
from saas.web.today import today

# What travels along as a field: more than that is chosen again.
MOST_TEXT = 400_000


class ColumnsForm(PageForm):
    """Its fields are as many as the file has columns: they are read by their names."""


def columns_page(
    content: bytes, why: str = "", *, refused: tuple[str, str] | None = None
) -> ResponseReturnValue:
    """Ask what each column holds; the file travels along.

    Args:
        why: it could not be read by itself.
        refused: the field and what is wrong with what was said.

    Raises:
        StatementRefused: it has no columns that could be named.
    """
    sample = sample_of(content)
    text = decoded(content)
    if len(text) > MOST_TEXT:
        raise StatementRefused("The file is too long to name its columns: try one of fewer days")
    page = render_template(
        "billing/payments/finance_columns.html",
        form=ColumnsForm(),
        sample=sample,
        text=text,
        why=why,
        refused=refused,
        roles=ROLES,
        said=said_columns(sample),
        bank=request.form.get("bank", ""),
        has_headings=request.form.get("headings", "yes") == "yes",
        today=today(),
    )
    return page, 422 if refused or why else 200


def said_columns(sample: Sample) -> dict[int, str]:
    """What the form says of each column."""
    return {
        place: role
        for place in range(sample.width)
        if (role := request.form.get(f"column-{place}", "")) in ROLES
    }
