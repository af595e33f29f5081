"""A family chooses when we call it, moves the call or cancels it: by its own link.

What a family books is written in the provider's scope, because the times of advisers are the
provider's; which case and which person it is for comes from the link alone.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from saas.database.scope import Scope, ScopedSession, scoped
from saas.database.together import Asked
from saas.identity.permissions import Permission
from saas.web.access import the_link
from saas.web.checking import Check, check_page, is_checked
from saas.web.languages import moment_words, said
from saas.web.today import now, today
from tenants.call_backs.actions import book_call, cancel_call
from tenants.call_backs.forms import TimeForm
from tenants.call_backs.kinds import CallState
from tenants.call_backs.queries import CALL, call_in, call_of, offered
from tenants.call_backs.slots import LASTS, days_of
from tenants.casework.case_clocks import appeal_of
from tenants.casework.family.pages import pages, the_family_member
from tenants.casework.forms import NOT_SO
from tenants.casework.kinds import FactKind
from tenants.casework.queries import load_record
from tenants.casework.record import CaseRecord, RuleBroken


def may_be_called(record: CaseRecord) -> bool:
    """Whether a call about information is still to be: not once it was given, or the case ended."""
    return not (
        record.has(FactKind.MIAS_HELD) or record.has(FactKind.CLOSED) or record.ended is not None
    )


def last_day_for(record: CaseRecord) -> dt.date | None:
    """The last day on which a call still serves: the last day to appeal that is known."""
    appeal = appeal_of(record)
    return appeal.reading.due if appeal is not None else None


def _call(session: ScopedSession, rows: list[Any]) -> dict[str, Any]:
    call = call_in(rows)
    coming = call is not None and call.state is CallState.BOOKED and call.starts_at + LASTS > now()
    return {
        "call_back": moment_words(call.starts_at) if call is not None and coming else "",
        "may_book_call": may_be_called(load_record(session, the_link().case_id)),
    }


call_on_family_page = Asked(CALL, _call)


def _inside(act: Callable[[ScopedSession, uuid.UUID], object]) -> None:
    link = the_link()
    with scoped(Scope.provider(link.tenancy.id, None)) as session:
        act(session, link.party_id)


def day_asked() -> dt.date | None:
    """The day that the address names; None where it names none."""
    try:
        return dt.date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        return None


@pages.page("/<token>/call-back", permission=Permission.BY_PERSONAL_LINK, methods=("GET", "POST"))
def call_back(session: ScopedSession) -> ResponseReturnValue:
    """First a day, then a time of it."""
    case_id = the_link().case_id
    record = load_record(session, case_id)
    if not may_be_called(record):
        return redirect(url_for("family_case.case"))
    days = days_of(offered(session, now=now(), last_day=last_day_for(record)))
    day = day_asked()
    form = TimeForm().offer(days.get(day, []) if day else [])
    if request.method == "POST" and form.validate():
        by = the_family_member(session)
        try:
            _inside(lambda inner, party: book_call(inner, case_id, party, form.chosen, by=by))
        except RuleBroken as broken:
            form.refuse(broken)
        else:
            flash(_("We call you on %(moment)s.", moment=moment_words(form.chosen)))
            return redirect(url_for("family_case.case"))
    page = render_template(
        "tenants/call_backs/family.html",
        form=form,
        day=day if day in days else None,
        days=days,
        call=call_of(session, case_id),
        asked=request.full_path,
        today=today(),
    )
    return page, 422 if request.method == "POST" else 200


@pages.page(
    "/<token>/call-back/cancel", permission=Permission.BY_PERSONAL_LINK, methods=("GET", "POST")
)
def call_back_cancel(session: ScopedSession) -> ResponseReturnValue:
    case_id = the_link().case_id
    call = call_of(session, case_id)
    if call is None or call.state is not CallState.BOOKED:
        return redirect(url_for("family_case.case"))
    if request.method == "POST" and not is_checked():
        return redirect(url_for("family_case.call_back"))
    if request.method == "GET":
        follows = [
            _("We do not call you on %(moment)s.", moment=moment_words(call.starts_at)),
            _("You can choose another time on your page, or telephone us."),
        ]
        return check_page(Check(_("Cancel our call?"), follows, _("Cancel the call")))
    by = the_family_member(session)
    try:
        _inside(lambda inner, _party: cancel_call(inner, case_id, by=by))
    except RuleBroken as broken:
        flash(said(str(broken), NOT_SO), "problem")
    else:
        flash(_("The call is cancelled."))
    return redirect(url_for("family_case.case"))
