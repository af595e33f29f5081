"""The performance targets of a contract, as finance records them."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from billing.contracts.queries import current_contract
from billing.contracts.targets import agree_targets, targets_of, targets_on
from billing.doors import finance, or_404, show_refusal
from billing.fields import CountField
from billing.refusal import BillingRefused
from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.access import the_tenancy
from saas.web.fields import DateNeeded, DatePartsField
from saas.web.forms import PageForm
from saas.web.today import now, today
from tenants.statistics.measures.definitions import SHARE, SHARES
from tenants.statistics.packs.targets import OWN_TARGETS

# What the provider can promise: what goes well when it is high.
PROMISED = tuple(share for share in SHARES if share.higher_is_better)


class TargetsForm(PageForm):
    effective_from = DatePartsField("From", [DateNeeded("Enter the first day")])


for _share in PROMISED:
    setattr(
        TargetsForm,
        _share.key,
        CountField(
            _share.name,
            description=f"{_share.sentence} Ours where the contract says nothing: "
            + (f"{OWN_TARGETS[_share.key]}%." if _share.key in OWN_TARGETS else "none."),
        ),
    )


@finance.page(
    "/<authority>/contract/targets", permission=Permission.ISSUE_INVOICES, methods=("GET", "POST")
)
def contract_targets(session: ScopedSession) -> ResponseReturnValue:
    """What the contract asks of the provider, in percents of a measure."""
    tenancy = the_tenancy()
    found = or_404(current_contract(session, today()))
    agreed = targets_of(session, found.id)
    form = TargetsForm()
    if request.method == "GET":
        form.effective_from.process_data(max(found.starts_on, min(today(), found.ends_on)))
        for key, percent in targets_on(agreed, found.ends_on).items():
            form[key].process_data(percent)
    elif form.validate():
        chosen = {s.key: form[s.key].data for s in PROMISED if form[s.key].data is not None}
        try:
            agree_targets(
                session, found, effective_from=form.effective_from.data, at_least=chosen, at=now()
            )
        except BillingRefused as refused:
            show_refusal(form, refused)
        else:
            flash("The targets are recorded. Report packs made from now on use them.")
            return redirect(url_for("finance_billing.contract", authority=tenancy.slug))
    page = render_template(
        "billing/contracts/finance_targets.html",
        form=form,
        shares=PROMISED,
        agreed=agreed,
        names={key: share.name for key, share in SHARE.items()},
        tenancy=tenancy,
        contract=found,
        today=today(),
    )
    return (page, 422) if form.errors else page
