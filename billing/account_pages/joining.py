"""An authority joins in one go: subscriber, contract, its first manager, and its public page."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from flask import current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from billing.contracts import actions
from billing.contracts.actions import NewContract
from billing.contracts.pricing import Service, ServicePrice, Terms
from billing.fields import CountField, PoundsField
from billing.refusal import BillingRefused
from billing.vat import TREATMENT_WORDS, Treatment
from saas.database.scope import Scope, ScopedSession, scoped
from saas.identity import team
from saas.identity.permissions import AuthorityRole, Permission
from saas.identity.signed_in import Tenancy
from saas.identity.team import TeamRefused
from saas.web.access import DoorPages, the_person
from saas.web.checking import Check, check_page, is_checked
from saas.web.dates import long_date
from saas.web.field_shapes import (
    blank_first,
    choice_field,
    date_field,
    email_field,
    line_field,
    list_field,
    name_field,
)
from saas.web.forms import PageForm
from saas.web.frame import Door
from saas.web.today import now, today
from tenants.subscribers.joining import K5_STARTS, can_join, check_joining, join
from tenants.subscribers.refused import StandingRefused

pages = DoorPages("manager_joining", __name__, door=Door.MANAGER, url_prefix="/manager/authorities")
K5_WORDS = {
    "earlier": "Whichever is earlier",
    "family": "When the family informs the authority",
    "adviser": "When the adviser informs the authority",
}


class JoiningForm(PageForm):
    """What an authority needs to begin with."""

    authority = list_field("Authority", needed="Choose the authority")
    prefix = line_field(
        "Three letters that its references begin with",
        longest=3,
        hint="Leave it empty, and letters of its name are taken that are free.",
    )
    begins = date_field("First day", subject="The first day", needed="Enter the first day")
    k5_starts = choice_field(
        "What starts the 30 days for mediation",
        [(one, K5_WORDS[one]) for one in K5_STARTS],
        start="earlier",
    )
    manager_name = name_field("Name", longest=120, needed="Enter the name of its first manager")
    manager_email = email_field("E-mail address", needed="Enter the address of its first manager")
    reference = line_field(
        "Contract reference",
        longest=40,
        hint="Leave it empty if finance enters the contract later.",
    )
    ends_on = date_field("Last day of the contract", subject="The last day")
    annual_fee = PoundsField("Yearly fee, without VAT")
    fee_vat = list_field(
        "VAT on all of it",
        [(one.value, TREATMENT_WORDS[one]) for one in Treatment if one is not Treatment.STANDARD],
        blank=TREATMENT_WORDS[Treatment.STANDARD],
    )
    vat_reason = line_field(
        "Why no VAT is charged, if none is", longest=200, hint="It stands on every invoice."
    )
    mediation_included = CountField(
        "Mediations included", description="How many a year. Leave empty for no limit."
    )
    mediation_price = PoundsField("Each mediation beyond")

    def contract(self) -> tuple[NewContract, Terms] | None:
        """The contract that was entered, if one was.

        Raises:
            BillingRefused: naming what is missing.
        """
        reference = (self.reference.data or "").strip()
        if not reference:
            return None
        if self.ends_on.data is None:
            raise BillingRefused("ends_on", "Enter the contract's last day")
        if self.ends_on.data < self.begins.data:
            raise BillingRefused("ends_on", "The contract must end after it starts")
        if self.annual_fee.data is None:
            raise BillingRefused("annual_fee", "Enter the yearly fee: 0 if there is none")
        begins, vat = self.begins.data, Treatment(self.fee_vat.data or Treatment.STANDARD)
        reason = (self.vat_reason.data or "").strip()
        if vat is not Treatment.STANDARD and not reason:
            raise BillingRefused("vat_reason", "Say why no VAT is charged: the invoice must say it")
        price = ServicePrice(self.mediation_included.data, self.mediation_price.data or 0, vat)
        return (
            NewContract(reference=reference, starts_on=begins, ends_on=self.ends_on.data),
            Terms(
                effective_from=begins,
                annual_fee_pence=self.annual_fee.data,
                prices={Service.MEDIATION: price},
                late_fees=(),
                day_rate_pence=None,
                fee_vat=vat,
                late_fee_vat=Treatment.STANDARD,
                day_rate_vat=Treatment.STANDARD,
                expenses_vat=Treatment.STANDARD,
                vat_reasons={} if vat is Treatment.STANDARD else {vat: reason},
            ),
        )


@dataclass
class Joined:
    """What came of it: the authority, and what has to be done by hand after all."""

    tenancy: Tenancy
    letters: str
    left: list[str] = field(default_factory=list)


def join_with_all(
    slug: str,
    *,
    prefix: str,
    begins: dt.date,
    k5_starts: str,
    manager: tuple[str, str],
    contract: tuple[NewContract, Terms] | None,
    by: Scope | None,
    by_name: str,
    at: dt.datetime,
) -> Joined:
    """Let an authority subscribe, with its contract, and invite its first manager.

    The three are written by three login roles, the authority first. What is refused after that is
    told in `left`, and stands to be done on its own page.

    Args:
        manager: name and e-mail address.

    Raises:
        StandingRefused: the authority cannot join; nothing was written.
    """
    tenancy, letters = join(slug, prefix=prefix, begins=begins, k5_starts=k5_starts, by=by, at=at)
    joined = Joined(tenancy, letters)
    person = by.person if by else None
    if contract is not None:
        try:
            with scoped(Scope.finance(tenancy.id, person)) as session:
                actions.make_contract(session, *contract, at=at)
        except BillingRefused as refused:
            joined.left.append(f"The contract is not recorded. {refused}")
    name, email = manager
    try:
        with scoped(Scope.identity()) as identities:
            team.invite(
                identities, email=email, name=name, by=by_name, at=at, tenant_id=tenancy.id,
                role=AuthorityRole.MANAGER,
            )  # fmt: skip
    except TeamRefused as refused:
        joined.left.append(f"The manager is not invited. {refused.message}")
    return joined


@pages.page("/new", permission=Permission.END_SUBSCRIPTIONS, methods=("GET", "POST"))
def joining(session: ScopedSession) -> ResponseReturnValue:
    """One page for all that an authority needs to begin."""
    form = JoiningForm(data={"begins": today(), "k5_starts": "earlier"})
    with scoped(Scope.public()) as outside:
        form.authority.choices = blank_first(can_join(outside, today()), "Choose")
    if form.validate_on_submit():
        try:
            contract = form.contract()
            name, _, letters = check_joining(form.authority.data, form.prefix.data or "")
            if not is_checked():
                return check_page(_asks(form, name, letters))
            joined = join_with_all(
                form.authority.data,
                prefix=letters,
                begins=form.begins.data,
                k5_starts=form.k5_starts.data,
                manager=(form.manager_name.data or "", form.manager_email.data or ""),
                contract=contract,
                by=session.scope,
                by_name=f"{the_person().name}, {current_app.extensions['settings'].provider_name}",
                at=now(),
            )
        except (StandingRefused, BillingRefused) as refused:
            told = form._fields.get(refused.field)
            if told is None:
                form.form_errors.append(str(refused))
            else:
                told.errors = [str(refused)]
        else:
            current_app.extensions["wake_worker"]("send_account_links")
            for one in joined.left:
                flash(one, "problem")
            flash(f"{joined.tenancy.name} subscribes from {long_date(form.begins.data)}.")
            return redirect(url_for("manager_authorities.authority", authority=joined.tenancy.slug))
    page = render_template("billing/account_pages/manager_joining.html", form=form)
    return (page, 422) if form.errors or form.form_errors else page


def _asks(form: JoiningForm, name: str, letters: str) -> Check:
    follows = [
        f"{name} subscribes from {long_date(form.begins.data)}. Its references begin with"
        f" {letters}: that is never changed.",
        f"{form.manager_name.data} is sent an invitation to {form.manager_email.data}, and lets"
        " the others of the team in.",
        "Its public page, leaflet and Easy Read page are there from the first day.",
    ]
    if form.reference.data:
        follows.append(
            f"The contract {form.reference.data} runs until {long_date(form.ends_on.data)}."
            " Finance can correct and complete it."
        )
    else:
        follows.append("Finance enters the contract later.")
    return Check(f"Let {name} subscribe?", follows, "Let it subscribe")
