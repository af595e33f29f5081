"""Managers write news for the mailing list, look at it, try it on themselves, and have it sent."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import HiddenField

from saas.audit.actions import record_across
from saas.database.scope import Scope, ScopedSession, scoped
from saas.identity.permissions import Permission
from saas.web.access import DoorPages, the_person
from saas.web.checking import Check, check_page, is_checked
from saas.web.field_shapes import button, line_field, text_field
from saas.web.forms import PageForm
from saas.web.frame import Door
from saas.web.paging import PAGE_SIZE, paginate, requested_page
from saas.web.today import now
from tenants.front_door.mailing.actions import how_many
from tenants.front_door.mailing.news import (
    Item,
    NewsRefused,
    correct_news,
    delete_draft,
    find_news,
    news_listed,
    send_news,
    try_news,
    write_news,
)
from tenants.front_door.mailing.news_models import LONGEST_HEADING
from tenants.front_door.texts.actions import values_of
from tenants.front_door.texts.manager import PREFIX
from tenants.front_door.texts.markdown import to_html
from tenants.front_door.texts.models import LONGEST

pages = DoorPages("manager_news", __name__, door=Door.MANAGER, url_prefix=f"{PREFIX}/news")
MAY = Permission.KEEP_PUBLIC_PAGES
_ONE = "/<uuid:news_item_id>"


class NewsForm(PageForm):
    """A heading, and a text in Markdown. `based_on` is the edition that was written on from."""

    based_on = HiddenField()
    heading = line_field("Subject of the e-mail", longest=LONGEST_HEADING, needed="Enter a subject")
    markdown = text_field("The text", needed="Write the text", longest=LONGEST, keep_lines=True)
    preview = button("Look at it first")
    keep = button("Keep the draft")


@pages.page("", permission=MAY)
def news(session: ScopedSession) -> ResponseReturnValue:
    """Drafts, and what was sent."""
    number = requested_page()
    found = news_listed(session, offset=(number - 1) * PAGE_SIZE, limit=PAGE_SIZE + 1)
    return render_template(
        "tenants/front_door/manager_news.html", page=paginate(found, number=number)
    )


@pages.page("/new", permission=MAY, methods=("GET", "POST"))
def new(session: ScopedSession) -> ResponseReturnValue:
    form = NewsForm()
    if form.validate_on_submit() and form.keep.data:
        with scoped(Scope.panel(the_person().id)) as writing:
            made = write_news(
                writing,
                heading=form.heading.data or "",
                markdown=form.markdown.data or "",
                by=the_person().id,
                at=now(),
            )
        flash("The draft is kept. Nothing is sent yet.")
        return redirect(url_for("manager_news.one", news_item_id=made))
    return _form_page(form, None)


@pages.page(_ONE, permission=MAY)
def one(session: ScopedSession, news_item_id: uuid.UUID) -> ResponseReturnValue:
    """One piece of news: how it looks, and how far it is on its way."""
    found = _found(session, news_item_id)
    return render_template(
        "tenants/front_door/manager_news_one.html",
        item=found,
        html=_html(found.markdown),
        readers=_readers() if found.is_draft else 0,
        own_address=the_person().email,
    )


@pages.page(f"{_ONE}/correction", permission=MAY, methods=("GET", "POST"))
def correction(session: ScopedSession, news_item_id: uuid.UUID) -> ResponseReturnValue:
    found = _found(session, news_item_id)
    if not found.is_draft:
        return _over(news_item_id)
    form = NewsForm(
        data={"heading": found.heading, "markdown": found.markdown, "based_on": found.edition}
    )
    if form.validate_on_submit() and form.keep.data:
        try:
            with scoped(Scope.panel(the_person().id)) as writing:
                correct_news(
                    writing,
                    news_item_id,
                    heading=form.heading.data or "",
                    markdown=form.markdown.data or "",
                    based_on=_number(form.based_on.data),
                    by=the_person().id,
                    at=now(),
                )
        except NewsRefused as refused:
            form.markdown.errors = [str(refused)]
        else:
            flash("The draft is corrected. Nothing is sent yet.")
            return redirect(url_for("manager_news.one", news_item_id=news_item_id))
    return _form_page(form, found)


@pages.page(f"{_ONE}/trial", permission=MAY, methods=("POST",))
def trial(session: ScopedSession, news_item_id: uuid.UUID) -> ResponseReturnValue:
    """Send a draft to oneself alone."""
    _found(session, news_item_id)
    return _act(
        news_item_id,
        lambda writing: try_news(writing, news_item_id, address=the_person().email),
        done=f"A trial goes to {the_person().email} within a minute or two.",
    )


@pages.page(f"{_ONE}/sending", permission=MAY, methods=("GET", "POST"))
def sending(session: ScopedSession, news_item_id: uuid.UUID) -> ResponseReturnValue:
    """Have it sent to everybody on the list."""
    found = _found(session, news_item_id)
    if not found.is_draft:
        return _over(news_item_id)
    readers = _readers()
    if not readers:
        flash("Nobody is on the list, so there is nobody to send it to.", "problem")
        return redirect(url_for("manager_news.one", news_item_id=news_item_id))
    if request.method == "POST" and not is_checked():
        return redirect(url_for("manager_news.one", news_item_id=news_item_id))
    if request.method == "GET":
        whom = "1 person" if readers == 1 else f"{readers:,} people"
        return _check_sending(found, whom)
    edition = _number(request.args.get("edition"))

    def send(writing: ScopedSession) -> None:
        send_news(writing, news_item_id, based_on=edition, by=the_person().id, at=now())

    return _act(
        news_item_id,
        send,
        done="It is being sent. You can leave this page: the work goes on without it.",
        said="news sent",
    )


def _check_sending(found: Item, whom: str) -> ResponseReturnValue:
    """The question; what is confirmed is the edition that was looked at."""
    if _number(request.args.get("edition")) != found.edition:
        return redirect(
            url_for("manager_news.sending", news_item_id=found.id, edition=found.edition)
        )
    return check_page(
        Check(
            f"Send this to {whom}?",
            (
                f"“{found.heading}” goes to {whom}: everybody who is on the list now.",
                "It cannot be called back, nor changed from then on.",
            ),
            f"Send it to {whom}",
        )
    )


@pages.page(f"{_ONE}/deletion", permission=MAY, methods=("GET", "POST"))
def deletion(session: ScopedSession, news_item_id: uuid.UUID) -> ResponseReturnValue:
    found = _found(session, news_item_id)
    if not found.is_draft:
        return _over(news_item_id)
    if request.method == "POST" and not is_checked():
        return redirect(url_for("manager_news.one", news_item_id=news_item_id))
    if request.method == "GET":
        follows = (f"“{found.heading}” is gone for good. Nobody has got it.",)
        return check_page(Check("Delete this draft?", follows, "Delete it"))
    return _act(
        news_item_id,
        lambda writing: delete_draft(writing, news_item_id),
        done="The draft is deleted.",
        said="news draft deleted",
        then=url_for("manager_news.news"),
    )


def _found(session: ScopedSession, news_id: uuid.UUID) -> Item:
    found = find_news(session, news_id)
    if found is None:
        abort(404)
    return found


def _readers() -> int:
    # The addresses are the identity role's alone, as everybody's are.
    with scoped(Scope.identity()) as identities:
        return how_many(identities)


def _act(
    news_id: uuid.UUID,
    act: Callable[[ScopedSession], None],
    *,
    done: str,
    said: str = "",
    then: str = "",
) -> ResponseReturnValue:
    try:
        with scoped(Scope.panel(the_person().id)) as writing:
            act(writing)
    except NewsRefused as refused:
        flash(str(refused), "problem")
        return redirect(url_for("manager_news.news"))
    if said:
        record_across(said, person_id=the_person().id, at=now(), of=str(news_id))
    flash(done)
    return redirect(then or url_for("manager_news.one", news_item_id=news_id))


def _over(news_id: uuid.UUID) -> ResponseReturnValue:
    flash("It is sent already: what people have got cannot be changed.", "problem")
    return redirect(url_for("manager_news.one", news_item_id=news_id))


def _form_page(form: NewsForm, item: Item | None) -> ResponseReturnValue:
    if request.method == "POST" and not (form.preview.data or form.keep.data or form.errors):
        form.markdown.errors = ["Press a button: look at it first, or keep the draft"]
    page = render_template(
        "tenants/front_door/manager_news_form.html",
        form=form,
        item=item,
        preview=_html(form.markdown.data or "") if form.preview.data else "",
    )
    return (page, 422) if form.errors else page


def _html(markdown: str) -> str:
    return to_html(markdown, values_of(current_app.extensions["settings"]))


def _number(text: object) -> int:
    """The edition that a page named; 0, which is none, where it named none."""
    said = str(text or "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 9 else 0
