"""The form by which a certificate is issued."""

from __future__ import annotations

from saas.web.field_shapes import button, date_field
from tenants.casework.forms import CaseForm


class CertificateForm(CaseForm):
    FIELD_OF = {"on": "issued_on"}  # noqa: RUF012

    issued_on = date_field(
        "Date of the certificate",
        subject="The date of the certificate",
        needed="Enter the date of the certificate",
    )
    submit = button("Issue the certificate")
