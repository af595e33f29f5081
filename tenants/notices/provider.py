"""What was sent about a case, and which e-mails its family gets."""

from __future__ import annotations

import uuid

from flask import abort, flash, render_template, url_for
from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.access import the_tenancy
from saas.web.today import now
from tenants.casework.provider.pages import act_page, pages, the_actor, the_case, to_case
from tenants.casework.record import RuleBroken
from tenants.notices.actions import choose_for_party
from tenants.notices.forms import NoticesForm
from tenants.notices.queries import (
    ON_OWN_PAGE,
    family_names,
    family_told,
    messages_of_case,
    refused_by_party,
)
from tenants.notices.telling_pages import in_words
from tenants.notices.topics import FAMILY_TOPICS, TOPIC_WORDS
from tenants.notices.undelivered import deal_with


@pages.page("/<authority>/cases/<uuid:case_id>/messages", permission=Permission.SEE_APPOINTED_CASES)
def messages(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    view = the_case(session, case_id)
    return render_template(
        "tenants/notices/messages.html",
        view=view,
        messages=messages_of_case(session, case_id, most=ON_OWN_PAGE),
        most=ON_OWN_PAGE,
        authority=the_tenancy(),
    )


@pages.page(
    "/<authority>/cases/<uuid:case_id>/messages/<uuid:message_id>/dealt-with",
    permission=Permission.RECORD_CASES,
    methods=("POST",),
)
def message_dealt_with(
    session: ScopedSession, case_id: uuid.UUID, message_id: uuid.UUID
) -> ResponseReturnValue:
    """Somebody was told in another way, or the address is put right."""
    the_case(session, case_id)
    try:
        deal_with(session, case_id, message_id, by=the_actor())
    except RuleBroken:
        abort(404)
    flash("It is recorded that this message is dealt with.")
    return to_case(case_id)


@pages.page("/<authority>/cases/<uuid:case_id>/family-notices", permission=Permission.RECORD_CASES)
def family_notices(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    """Who of the family is told of what, and how."""
    view = the_case(session, case_id)
    people = [
        (
            one.id,
            one.name,
            [TOPIC_WORDS[topic] for topic in FAMILY_TOPICS if topic not in one.refused],
            in_words(one.told),
        )
        for one in family_told(session, case_id)
    ]
    return render_template(
        "tenants/notices/family.html",
        view=view,
        people=people,
        authority=the_tenancy(),
    )


@pages.page(
    "/<authority>/cases/<uuid:case_id>/family-notices/<uuid:party_id>",
    permission=Permission.RECORD_CASES,
    methods=("GET", "POST"),
)
def family_notices_choice(
    session: ScopedSession, case_id: uuid.UUID, party_id: uuid.UUID
) -> ResponseReturnValue:
    view = the_case(session, case_id)
    names = dict(family_names(session, case_id))
    if party_id not in names:
        abort(404)
    form = NoticesForm().for_family()
    refused = refused_by_party(session, party_id)
    return act_page(
        view,
        form,
        "tenants/notices/family_choice.html",
        lambda: choose_for_party(session, case_id, party_id, wanted=form.wanted, at=now()),
        start=lambda: form.topics.process_data(
            [t.value for t in FAMILY_TOPICS if t not in refused]
        ),
        done="The family's choice of e-mails is kept.",
        name=names[party_id],
        back=url_for(
            "provider_cases.family_notices", authority=the_tenancy().slug, case_id=case_id
        ),
    )
