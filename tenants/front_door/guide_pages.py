"""The guide: asked and answered on one page. Nothing of it is stored or stands in an address."""

from __future__ import annotations

from flask import current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as later

from saas.database.scope import Scope
from saas.identity.permissions import Permission
from saas.page_counts.counting import count_step
from saas.web.access import DoorPages, open_session
from saas.web.frame import Door
from saas.web.languages import is_switch
from saas.web.today import today
from tenants.front_door.forms import GuideForm
from tenants.front_door.guide import Guidance, GuideRefused, Question, guide
from tenants.front_door.guide_words import can_do, plain_words
from tenants.front_door.texts.actions import standing, values_of
from tenants.front_door.texts.markdown import to_html
from tenants.front_door.texts.translated import in_page_language
from tenants.law.decisions import UnknownDecision

pages = DoorPages("public_guide", __name__, door=Door.PUBLIC)
COUNTED = "guide"


@pages.page("/guide", permission=Permission.ANYONE, methods=("GET", "POST"))
def guide_page() -> ResponseReturnValue:
    form = GuideForm()
    if request.method != "POST":
        _count("started")
    elif form.validate():
        question = Question(form.decision.data, form.notice_sent.data, form.certificate_issued.data)
        try:
            found = guide(question, today=today())
        except GuideRefused as refused:
            form.refuse(refused)
        except UnknownDecision:
            form.decision.errors = [
                later("This could not be appealed on that date. Check the date")
            ]
        else:
            _count("finished")
            return _answered(found)
    if form.errors:
        _count("corrected")
    text = standing(open_session(Scope.public()), "guide")["guide"]
    page = render_template(
        "tenants/front_door/guide.html",
        form=form,
        introduction=to_html(
            in_page_language("guide", text), values_of(current_app.extensions["settings"])
        ),
    )
    return (page, 422) if form.errors else page


def _answered(found: Guidance) -> ResponseReturnValue:
    code = found.question.decision
    return render_template(
        "tenants/front_door/guidance.html",
        found=found,
        words=plain_words(code, found.question.notice_sent or found.today),
        can_do=can_do(code),
    )


def _count(step: str) -> None:
    """Count what somebody did; whoever chooses another language does it no second time."""
    if not is_switch():
        count_step(COUNTED, step, today=today())
