"""Managers write the public texts: a version is looked at, then published, and may come back."""

from __future__ import annotations

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import HiddenField

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.access import DoorPages, the_person
from saas.web.field_shapes import button, text_field
from saas.web.forms import PageForm
from saas.web.frame import Door
from tenants.front_door.texts.actions import (
    TEXTS,
    last_published,
    shipped,
    standing,
    values_of,
    versions_of,
)
from tenants.front_door.texts.markdown import to_html
from tenants.front_door.texts.models import LONGEST
from tenants.front_door.texts.translated import TRANSLATED_TEXTS
from tenants.front_door.texts.versions import (
    Versioned,
    list_page,
    publish_text,
    restore_page,
    version_page,
)

PREFIX = "/manager/public-pages"
pages = DoorPages("manager_texts", __name__, door=Door.MANAGER, url_prefix=PREFIX)
_NAMES = ",".join(f'"{name}"' for name in TEXTS)
_ONE = f"/texts/<any({_NAMES}):text_name>"


class TextForm(PageForm):
    """A text in Markdown. `based_on` is the version that was written on from."""

    based_on = HiddenField()
    markdown = text_field(
        "The text",
        longest=LONGEST,
        keep_lines=True,
        hint="An empty text brings back the one that comes with the service.",
    )
    preview = button("Look at it first")
    publish = button("Publish it")


@pages.page("", permission=Permission.KEEP_PUBLIC_PAGES)
def texts(session: ScopedSession) -> ResponseReturnValue:
    """Everything about the public pages that a manager looks after."""
    return render_template(
        "tenants/front_door/manager_texts.html",
        texts=TEXTS,
        published=last_published(session, TEXTS),
        may_quote=the_person().may(Permission.CHOOSE_QUOTATIONS),
    )


@pages.page(_ONE, permission=Permission.KEEP_PUBLIC_PAGES, methods=("GET", "POST"))
def text(session: ScopedSession, text_name: str) -> ResponseReturnValue:
    newest = versions_of(session, text_name, limit=1)
    number = str(newest[0].version if newest else 0)
    form = TextForm(data={"markdown": standing(session, text_name)[text_name], "based_on": number})
    if form.validate_on_submit() and form.publish.data:
        if form.based_on.data != number:
            form.markdown.errors = [
                "Somebody else published this text while you wrote. Look at theirs, then publish"
                " yours if it is still right"
            ]
            form.based_on.data = number
        elif publish_text(text_name, form.markdown.data or ""):
            flash(f"{TEXTS[text_name][0]}: published.")
            return redirect(url_for("manager_texts.versions", text_name=text_name))
        else:
            form.markdown.errors = ["Somebody else published this text just now. Look at theirs"]
    elif request.method == "POST" and not (form.preview.data or form.errors):
        form.markdown.errors = ["Press a button: look at the text first, or publish it"]
    markdown = form.markdown.data or ""
    page = render_template(
        "tenants/front_door/manager_text.html",
        form=form,
        text_name=text_name,
        title=TEXTS[text_name][0],
        seen_at=url_for(TEXTS[text_name][1]),
        preview=_html((markdown.strip() and markdown) or shipped(text_name)),
        was_asked=bool(form.preview.data),
        is_translated=text_name in TRANSLATED_TEXTS,
    )
    return (page, 422) if form.errors else page


def _versioned(text_name: str) -> Versioned:
    title, seen_at = TEXTS[text_name]
    return Versioned(
        name=text_name,
        title=title,
        values=values_of(current_app.extensions["settings"]),
        edit=url_for("manager_texts.text", text_name=text_name),
        seen_at=url_for(seen_at),
        listed=url_for("manager_texts.versions", text_name=text_name),
        href=lambda number: url_for("manager_texts.version", version=number, text_name=text_name),
        restore_href=lambda number: url_for(
            "manager_texts.restore", version=number, text_name=text_name
        ),
    )


@pages.page(f"{_ONE}/versions", permission=Permission.KEEP_PUBLIC_PAGES)
def versions(session: ScopedSession, text_name: str) -> ResponseReturnValue:
    return list_page(session, _versioned(text_name))


@pages.page(f"{_ONE}/versions/<int:version>", permission=Permission.KEEP_PUBLIC_PAGES)
def version(session: ScopedSession, text_name: str, version: int) -> ResponseReturnValue:
    return version_page(session, _versioned(text_name), version)


@pages.page(
    f"{_ONE}/versions/<int:version>/restore",
    permission=Permission.KEEP_PUBLIC_PAGES,
    methods=("GET", "POST"),
)
def restore(session: ScopedSession, text_name: str, version: int) -> ResponseReturnValue:
    return restore_page(session, _versioned(text_name), version)


def _html(markdown: str) -> str:
    return to_html(markdown, values_of(current_app.extensions["settings"]))
