from __future__ import annotations

from werkzeug.datastructures import MultiDict
from wtforms import FieldList, Form, FormField, HiddenField, StringField
from wtforms.validators import InputRequired, Length

from saas.web.forms import error_entries


class StepForm(Form):
    what = StringField("What", [InputRequired("Say what will be done")])


class AgreementForm(Form):
    token = HiddenField("Token", [InputRequired("Start again")])
    place = StringField("Place", [InputRequired("Say where you met"), Length(min=3)])
    first = FormField(StepForm)
    steps = FieldList(FormField(StepForm), min_entries=2)

    def validate(self, extra_validators: object = None) -> bool:
        super().validate()
        self.form_errors.append("The agreement is signed already")
        return False


def test_every_error_leads_to_where_it_is_put_right() -> None:
    form = AgreementForm(MultiDict({"steps-0-what": "Draft the plan", "place": ""}))
    form.validate()
    assert error_entries(form) == [
        ("The agreement is signed already", "#place"),
        ("Start again", "#place"),
        ("Say where you met", "#place"),
        ("Say what will be done", "#first-what"),
    ] + [("Say what will be done", "#steps-1-what")] * (len(form.steps.entries) - 1)


def test_an_error_of_the_whole_form_may_lead_elsewhere() -> None:
    form = AgreementForm(MultiDict({"token": "a", "place": "Town hall", "first-what": "Write"}))
    form.validate()
    assert error_entries(form, "signatures")[0].href == "#signatures"


def test_a_form_without_errors_has_no_entries() -> None:
    assert error_entries(AgreementForm()) == []
