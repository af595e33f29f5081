"""The price list, as finance keeps it."""

from __future__ import annotations

from flask.typing import ResponseReturnValue
from govuk_frontend_wtf.wtforms_widgets import GovSelect
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]

from billing.contracts.no_tenants_page import list_and_add
from billing.contracts.price_list import ITEM_WORDS, add_price, listed, prices_on
from billing.doors import finance
from billing.fields import PoundsField
from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.fields import DateNeeded, DatePartsField
from saas.web.forms import PageForm
from saas.web.today import now, today


class PriceForm(PageForm):
    item = SelectField(
        "What",
        widget=GovSelect(),
        choices=[SelectChoice(item, words) for item, words in ITEM_WORDS.items()],
    )
    price = PoundsField("Price, without VAT", needed="Enter the price")
    valid_from = DatePartsField("From", [DateNeeded("Enter the first day of the price")])
    valid_to = DatePartsField("To, if it ends")


@finance.page("/prices", permission=Permission.ISSUE_INVOICES, methods=("GET", "POST"))
def prices(session: ScopedSession) -> ResponseReturnValue:
    form = PriceForm()
    found = listed(session)
    return list_and_add(
        session,
        form,
        lambda inside: add_price(
            inside,
            item=form.item.data,
            price_pence=form.price.data,
            valid_from=form.valid_from.data,
            valid_to=form.valid_to.data,
            at=now(),
        ),
        added="The price is on the list.",
        template="billing/contracts/finance_prices.html",
        prices=found,
        in_force=prices_on(found, today()),
        item_words=ITEM_WORDS,
    )
