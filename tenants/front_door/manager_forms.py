"""The form of one authority's public page."""

from __future__ import annotations

from wtforms.validators import Optional, Regexp

from saas.web.field_shapes import (
    button,
    email_field,
    line_field,
    several_field,
    telephone_field,
    text_field,
)
from saas.web.forms import PageForm
from tenants.front_door.areas import SERVICES
from tenants.front_door.texts.models import LONGEST


class AreaForm(PageForm):
    services = several_field(
        "What is offered here while no contract runs",
        [(code, name) for code, (name, _) in SERVICES.items()],
        needed="Choose at least one service",
        hint="While a contract runs, the page says what the contract covers.",
    )
    telephone = telephone_field(
        "Telephone for this area", hint="Leave it empty for the provider's own number."
    )
    email = email_field("E-mail address for this area")
    hours = line_field("Hours", longest=120, needed="Enter the hours, such as 9am to 6pm")
    video_href = line_field(
        "Where the film in British Sign Language is",
        longest=300,
        hint="An address that starts with https://. Leave it empty where there is none.",
        validators=[
            Optional(),
            Regexp(r"https://[^\s/]+\.[^\s]+", message="Enter an address like https://example.com"),
        ],
    )
    markdown = text_field(
        "Introduction",
        longest=LONGEST,
        keep_lines=True,
        hint="An empty text brings back the one that comes with the service.",
    )
    preview = button("Look at it first")
    publish = button("Publish it")
