"""The guide: asked and answered on one page. Nothing of it is stored or stands in an address."""

from __future__ import annotations

from flask import current_app, render_template, request
from flask.typing import ResponseReturnValue

from saas.database.scope import Scope
from saas.identity.permissions import Permission
from saas.page_counts.counting import count_step
from saas.web.access import DoorPages, open_session
from saas.web.frame import Door
from saas.web.today import today
from tenants.front_door.forms import GuideForm
from tenants.front_door.guide import GuideRefused, Question, guide
from tenants.front_door.texts.actions import standing, values_of
from tenants.front_door.texts.markdown import to_html
from tenants.law.decisions import UnknownDecision

pages = DoorPages("public_guide", __name__, door=Door.PUBLIC)
COUNTED = "guide"


@pages.page("/guide", permission=Permission.ANYONE, methods=("GET", "POST"))
def guide_page() -> ResponseReturnValue:
    form, day = GuideForm(), today()
    if request.method != "POST":
        count_step(COUNTED, "started", today=day)
    elif form.validate():
        question = Question(form.decision.data, form.notice_sent.data, form.certificate_issued.data)
        try:
            found = guide(question, today=day)
        except GuideRefused as refused:
            form.refuse(refused)
        except UnknownDecision:
            form.decision.errors = ["This could not be appealed on that date. Check the date"]
        else:
            count_step(COUNTED, "finished", today=day)
            return render_template("tenants/front_door/guidance.html", found=found)
    if form.errors:
        count_step(COUNTED, "corrected", today=day)
    text = standing(open_session(Scope.public()), "guide")["guide"]
    page = render_template(
        "tenants/front_door/guide.html",
        form=form,
        introduction=to_html(text, values_of(current_app.extensions["settings"])),
    )
    return (page, 422) if form.errors else page
