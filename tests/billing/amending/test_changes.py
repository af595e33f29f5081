"""Issue 12, point 1: a contract ends, is replaced, put right, called off; its money is seen."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

import pytest
import sqlalchemy as sa
from flask import Flask

from billing.amending import changes
from billing.amending.leftover import credit_what_is_left, settle_contracts_that_are_over
from billing.amending.money import told_before
from billing.contracts.actions import NewContract, amend, terms_of
from billing.contracts.models import Contract
from billing.contracts.queries import current_contract
from billing.invoices.actions import draft_period
from billing.ledger.accounts import load_accounts
from billing.ledger.credit_notes import CreditNote
from billing.ledger.invoices import InvoiceDraft
from billing.periods import Period, parse_period
from billing.refusal import BillingRefused
from billing.vat import Treatment
from saas.database.scope import Scope, ScopedSession, scoped
from saas.identity.signed_in import Tenancy
from tests.billing.making import AT, Q1, Q2, contract_for, issue_period, order_for, terms
from tests.factories import make_tenant

MAY = dt.date(2026, 5, 1)
WHY = "Written wrongly in the order of 3 May"


@pytest.fixture
def tenant(app: Flask) -> Tenancy:
    return make_tenant(app)


def under(session: ScopedSession, contract_id: uuid.UUID) -> Contract:
    found = session.get(Contract, (session.tenant, contract_id))
    assert found is not None
    return found


def lines(tenant: Tenancy, period: Period, on: dt.date) -> list[tuple[str, int, Decimal]]:
    at = dt.datetime.combine(on, dt.time(12), dt.UTC)
    with scoped(Scope.finance(tenant.id, None)) as session:
        made = draft_period(session, period, today=on, at=at)
        found = [one.drafted.lines for one in made if one.drafted]
        session.rollback()
    return [(x.kind, x.net_pence, x.vat_rate) for drafted in found for x in drafted]


def test_a_mistyped_fee_is_put_right_from_the_first_day_also_when_it_is_billed(
    app: Flask, tenant: Tenancy
) -> None:
    contract_id = contract_for(tenant, first_terms=terms(annual_fee_pence=48_000_00))
    order_for(tenant, contract_id)
    issue_period(app, tenant)
    with scoped(Scope.finance(tenant.id, None)) as session:
        contract = under(session, contract_id)
        right = terms(annual_fee_pence=84_000_00)

        def act() -> None:
            changes.correct_terms(session, contract, right, note=WHY, at=AT)

        told = " ".join(told_before(session, contract_id, act, today=MAY))
        assert "£252,000.00 instead of £144,000.00" in told
        assert "£9,000.00 without VAT is charged on top" in told
        (standing,) = terms_of(session, contract_id)
        assert standing.annual_fee_pence == 48_000_00, "the preview leaves nothing behind"
        act()
        (standing,) = terms_of(session, contract_id)
        assert standing.annual_fee_pence == 84_000_00
    assert lines(tenant, Q2, dt.date(2026, 7, 1)) == [
        ("fee", 21_000_00, Decimal(20)),
        ("fee_adjustment", 9_000_00, Decimal(20)),
    ]


def test_a_second_change_on_a_day_puts_the_first_right_and_can_be_taken_back(
    app: Flask, tenant: Tenancy
) -> None:
    contract_id = contract_for(tenant)
    day = dt.date(2026, 6, 1)
    with scoped(Scope.finance(tenant.id, None)) as session:
        contract = under(session, contract_id)
        wrong = terms(effective_from=day, annual_fee_pence=1)
        amend(session, contract, wrong, note="Agreed", at=AT)
        with pytest.raises(BillingRefused, match="put those right"):
            amend(session, contract, wrong, note="Agreed", at=AT)
        right = terms(effective_from=day, annual_fee_pence=60_000_00)
        changes.correct_terms(session, contract, right, note=WHY, at=AT)
        assert [one.annual_fee_pence for one in terms_of(session, contract_id)] == [
            48_000_00,
            60_000_00,
        ]
        changes.take_terms_back(session, contract, day, note=WHY, at=AT)
        assert [one.annual_fee_pence for one in terms_of(session, contract_id)] == [
            48_000_00,
            48_000_00,
        ]
        with pytest.raises(BillingRefused, match="first terms are put right"):
            changes.take_terms_back(session, contract, contract.starts_on, note=WHY, at=AT)
        with pytest.raises(BillingRefused, match="Say why"):
            changes.correct_terms(session, contract, right, note=" ", at=AT)


def test_ended_early_it_gives_back_what_was_prepaid_and_no_draft_stays_for_ever(
    app: Flask, tenant: Tenancy
) -> None:
    contract_id = contract_for(tenant)
    order_for(tenant, contract_id)
    invoice = issue_period(app, tenant)
    assert invoice.net_pence == 12_000_00
    last = dt.date(2026, 5, 16)
    with scoped(Scope.finance(tenant.id, None)) as session:
        contract = under(session, contract_id)

        def act() -> None:
            changes.end_on(session, contract, last, reason=WHY, at=AT)

        told = " ".join(told_before(session, contract_id, act, today=MAY))
        # April, and 16 of the 31 days of May: 4,000 and 2,064.52.
        assert "£6,064.52 instead of £144,000.00" in told
        assert "£5,935.48 without VAT is given back" in told
        assert "credit note" in told
        act()
    after = dt.date(2026, 5, 20)
    assert lines(tenant, Q1, after) == [], "the quarter is issued already"
    assert lines(tenant, Q2, after) == [("fee_adjustment", -5_935_48, Decimal(20))]
    at = dt.datetime.combine(after, dt.time(12), dt.UTC)
    with scoped(Scope.finance(tenant.id, None)) as session:
        draft_period(session, Q2, today=after, at=at)
    assert settle_contracts_that_are_over(today=dt.date(2026, 5, 30), at=at) == 0, "not at once"
    assert settle_contracts_that_are_over(today=dt.date(2026, 6, 1), at=at) == 1
    assert settle_contracts_that_are_over(today=dt.date(2026, 6, 1), at=at) == 0, "once"
    with scoped(Scope.finance(tenant.id, None)) as session:
        (note,) = session.scalars(sa.select(CreditNote)).all()
        assert (note.net_pence, note.vat_pence, note.invoice_id) == (5_935_48, 1_187_10, invoice.id)
        assert "is over" in note.reason
        assert session.scalars(sa.select(InvoiceDraft)).all() == []
        ((_, account),) = load_accounts(session)
        assert sum(fee.net_pence for fee in account.billed_fees) == 6_064_52
        with pytest.raises(BillingRefused, match="Nothing is left"):
            credit_what_is_left(session, contract_id, today=dt.date(2026, 6, 1), at=at)
    assert lines(tenant, Q2, dt.date(2026, 7, 1)) == []


def test_an_end_that_was_a_mistake_is_taken_back(app: Flask, tenant: Tenancy) -> None:
    contract_id = contract_for(tenant)
    with scoped(Scope.finance(tenant.id, None)) as session:
        contract = under(session, contract_id)
        changes.end_on(session, contract, dt.date(2026, 9, 30), reason=WHY, at=AT)
        for wrong, says in (
            (dt.date(2026, 9, 30), "on that day already"),
            (dt.date(2026, 3, 31), "call the contract off"),
        ):
            with pytest.raises(BillingRefused, match=says):
                changes.end_on(session, contract, wrong, reason=WHY, at=AT)
        changes.end_on(session, contract, dt.date(2029, 3, 31), reason="A mistake", at=AT)
        trail = [(x.what, x.was, x.is_now) for x in changes.changes_of(session, contract_id)]
        assert ("ends_on", "30 September 2026", "31 March 2029") in trail
        assert len(trail) == 2


def test_a_contract_is_replaced_from_a_day_and_no_day_is_billed_twice(
    app: Flask, tenant: Tenancy
) -> None:
    contract_id = contract_for(tenant)
    order_for(tenant, contract_id)
    issue_period(app, tenant)
    day = dt.date(2026, 6, 1)
    with scoped(Scope.finance(tenant.id, None)) as session:
        contract = under(session, contract_id)
        new = NewContract(reference="SEND-2026-B", starts_on=day, ends_on=dt.date(2029, 3, 31))
        with pytest.raises(BillingRefused, match="put it right instead"):
            changes.replace_from(
                session,
                contract,
                NewContract(
                    reference="X", starts_on=contract.starts_on, ends_on=dt.date(2029, 3, 31)
                ),
                terms(),
                reason=WHY,
                at=AT,
            )
        priced = terms(effective_from=day, annual_fee_pence=60_000_00)
        changes.replace_from(session, contract, new, priced, reason=WHY, at=AT)
        assert under(session, contract_id).ends_on == dt.date(2026, 5, 31)
        now = current_contract(session, day)
        assert now is not None and now.reference == "SEND-2026-B"
    # The old one gives June back, the new one charges it.
    assert sorted(lines(tenant, Q1, day)) == [("fee", 5_000_00, Decimal(20))]
    assert ("fee_adjustment", -4_000_00, Decimal(20)) in lines(tenant, Q2, day)


def test_a_contract_that_has_not_begun_is_called_off_and_its_days_are_free(
    app: Flask, tenant: Tenancy
) -> None:
    contract_id = contract_for(tenant)
    with scoped(Scope.finance(tenant.id, None)) as session:
        contract = under(session, contract_id)
        with pytest.raises(BillingRefused, match="It has begun"):
            changes.call_off(session, contract, reason=WHY, today=contract.starts_on, at=AT)
        before = contract.starts_on - dt.timedelta(days=1)
        changes.call_off(session, contract, reason=WHY, today=before, at=AT)
        assert current_contract(session, MAY) is None
        assert load_accounts(session) == []
    assert lines(tenant, Q1, MAY) == []
    contract_for(tenant, reference="SEND-2026-B")


def test_the_first_day_and_the_rest_are_put_right_with_their_trail(
    app: Flask, tenant: Tenancy
) -> None:
    contract_id = contract_for(tenant)
    with scoped(Scope.finance(tenant.id, None)) as session:
        contract = under(session, contract_id)
        earlier = dt.date(2026, 3, 1)
        wanted = {"starts_on": earlier, "notice_days": 180, "reference": "SEND-2026"}
        assert changes.put_right(session, contract, wanted, reason=WHY, at=AT) == [
            "starts_on",
            "notice_days",
        ]
        ((_, account),) = load_accounts(session)
        assert account.terms[0].effective_from == earlier
        with pytest.raises(BillingRefused, match="Nothing is changed"):
            changes.put_right(session, contract, wanted, reason=WHY, at=AT)
        with pytest.raises(BillingRefused, match="start before it ends"):
            changes.put_right(
                session, contract, {"starts_on": dt.date(2030, 1, 1)}, reason=WHY, at=AT
            )
    march = Period(dt.date(2026, 3, 1), dt.date(2026, 3, 31))
    assert [net for kind, net, _ in lines(tenant, march, MAY) if kind == "fee"] == [4_000_00]


def test_vat_that_changes_inside_a_quarter_splits_the_fee_by_day(
    app: Flask, tenant: Tenancy
) -> None:
    """Point 5: £3,000 a quarter, exempt from 16 May: £296.77 VAT, not £600.00."""
    contract_id = contract_for(tenant, first_terms=terms(annual_fee_pence=12_000_00))
    exempt = {
        "effective_from": dt.date(2026, 5, 16),
        "annual_fee_pence": 12_000_00,
        "fee_vat": Treatment.EXEMPT,
        "vat_reasons": {Treatment.EXEMPT: "Welfare services"},
    }
    with scoped(Scope.finance(tenant.id, None)) as session:
        amend(session, under(session, contract_id), terms(**exempt), note="Advice", at=AT)
        at = dt.datetime(2026, 4, 5, 12, tzinfo=dt.UTC)
        (made,) = draft_period(session, Q1, today=at.date(), at=at)
        assert made.draft is not None
        assert (made.draft.net_pence, made.draft.vat_pence) == (3_000_00, 296_77)


def test_vat_that_changes_after_billing_goes_back_by_day(app: Flask, tenant: Tenancy) -> None:
    contract_id = contract_for(tenant, first_terms=terms(annual_fee_pence=12_000_00))
    order_for(tenant, contract_id)
    assert issue_period(app, tenant).vat_pence == 600_00
    exempt = {
        "effective_from": dt.date(2026, 5, 16),
        "annual_fee_pence": 12_000_00,
        "fee_vat": Treatment.EXEMPT,
        "vat_reasons": {Treatment.EXEMPT: "Welfare services"},
    }
    with scoped(Scope.finance(tenant.id, None)) as session:
        amend(session, under(session, contract_id), terms(**exempt), note="Advice", at=AT)
    found = lines(tenant, Q2, dt.date(2026, 7, 1))
    assert ("fee_adjustment", -1_516_13, Decimal(20)) in found
    assert ("fee_adjustment", 1_516_13, Decimal(0)) in found
    assert sum(net for _, net, _ in found) == 3_000_00


def test_a_year_may_start_on_the_contracts_own_day(app: Flask, tenant: Tenancy) -> None:
    """Point 7: quarters from 15 January; a whole year at one price costs that price."""
    starts = dt.date(2026, 1, 15)
    contract_for(
        tenant,
        starts_on=starts,
        ends_on=dt.date(2027, 1, 14),
        years_from="contract",
        first_terms=terms(effective_from=starts, annual_fee_pence=10_000_01),
    )
    with scoped(Scope.finance(tenant.id, None)) as session:
        ((_, account),) = load_accounts(session)
    from billing.invoices.drafting import draft_lines

    drafted = draft_lines(account, account.term, usage_to=starts, tax_point=starts)
    assert [str(line.covers) for line in drafted.lines] == [
        "2026-01-15/2026-04-14",
        "2026-04-15/2026-07-14",
        "2026-07-15/2026-10-14",
        "2026-10-15/2027-01-14",
    ]
    assert sum(line.net_pence for line in drafted.lines) == 10_000_01
    assert parse_period("2026-27-Q1").first not in [x.covers.first for x in drafted.lines]
