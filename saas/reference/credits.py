"""The credit lines that the licences of the open data ask for, to be shown where it is used."""

from __future__ import annotations

# Authorities, SEN2 and appeal figures: DfE, ONS, MoJ and HMCTS.
PUBLIC_SECTOR_CREDIT = (
    "Contains public sector information licensed under the Open Government Licence v3.0."
)

# Shown with every answer of the postcode check.
POSTCODE_CREDIT = (
    "Contains OS data © Crown copyright and database right 2025. "
    "Contains Royal Mail data © Royal Mail copyright and database right 2025. "
    "Source: Office for National Statistics licensed under the Open Government Licence v3.0."
)

LICENCE_URL = "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/"
