"""The pages of billing behind each door; the views of each feature add themselves to them."""

from __future__ import annotations

from typing import TypeVar

from flask import abort, current_app

from billing.refusal import BillingRefused
from billing.supplier import Supplier
from saas.web.access import DoorPages
from saas.web.forms import PageForm
from saas.web.frame import Door

finance = DoorPages("finance_billing", __name__, door=Door.FINANCE, url_prefix="/finance")
authority = DoorPages("authority_billing", __name__, door=Door.AUTHORITY, url_prefix="/authority")

Found = TypeVar("Found")


def or_404(found: Found | None) -> Found:
    """What was found; another tenant's, or nothing, is not there."""
    if found is None:
        abort(404)
    return found


def our_supplier() -> Supplier:
    return Supplier.of(current_app.extensions["settings"])


def show_refusal(form: PageForm, refused: BillingRefused) -> None:
    """Put a refusal beside the field it is about, or on top of the form."""
    if refused.field in form:
        form[refused.field].errors = [refused.message]
    else:
        form.form_errors.append(refused.message)
