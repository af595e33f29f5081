"""The form of who looks after a case."""

from __future__ import annotations

from saas.web.field_shapes import (
    button,
    list_field,
)
from tenants.casework.forms import CaseForm


class AssignmentForm(CaseForm):
    coordinator = list_field("Who looks after it", needed="Choose who looks after it")
    submit = button("Assign it")
