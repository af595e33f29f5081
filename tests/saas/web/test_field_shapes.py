from __future__ import annotations

from werkzeug.datastructures import MultiDict
from wtforms import Form

from saas.web.field_shapes import (
    choice_field,
    email_field,
    line_field,
    list_field,
    several_field,
    text_field,
    tick_field,
)


class AskedForm(Form):
    name = line_field("Name", needed="Enter the name", longest=5)
    words = text_field("Words", longest=9, keep_lines=True)
    side = choice_field("Side", [("a", "One"), ("b", "Other")], needed="Choose the side")
    email = email_field()
    kind = list_field("Kind", [("x", "Ex")])
    any_of = several_field("Any", [("p", "Pe"), ("q", "Qu")])
    agreed = tick_field("I agree", needed="Tick it")


def errors(**entered: str) -> dict[str, str]:
    form = AskedForm(MultiDict(entered))
    form.validate()
    return {field.name: str(field.errors[0]) for field in form if field.errors}


def test_what_must_be_answered_says_so_in_its_own_words_and_the_rest_may_stay_empty() -> None:
    assert errors(name="", words="") == {
        "name": "Enter the name",
        "side": "Choose the side",
        "agreed": "Tick it",
    }


def test_a_line_of_spaces_is_empty_and_what_is_too_long_says_how_long_it_may_be() -> None:
    right = {"side": "a", "agreed": "y"}
    assert errors(name="   ", **right) == {"name": "Enter the name"}
    assert errors(name="abcdef", **right) == {"name": "Use 5 characters or fewer"}
    assert errors(name="  ab   c ", **right) == {}


def test_a_text_keeps_its_lines_where_they_matter() -> None:
    form = AskedForm(MultiDict({"name": "  a \n b ", "words": "one\ntwo"}))
    form.validate()
    assert (form.name.data, form.words.data) == ("a b", "one\ntwo")


def test_an_address_that_is_none_is_refused() -> None:
    wrong = errors(name="a", side="a", agreed="y", email="nobody")
    assert wrong == {"email": "Enter an e-mail address like name@example.com"}


def test_what_is_on_no_list_is_refused() -> None:
    wrong = errors(name="a", agreed="y", side="c", kind="y", any_of="r")
    assert set(wrong) == {"side", "kind", "any_of"}
