"""The form on which e-mails are chosen."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from govuk_frontend_wtf.wtforms_widgets import GovCheckboxesInput, GovSubmitInput
from wtforms import SelectMultipleField, SubmitField

from saas.web.field_shapes import choices
from tenants.casework.forms import CaseForm
from tenants.notices.topics import FAMILY_TOPICS, TOPIC_WORDS, Topic


class NoticesForm(CaseForm):
    """Which topics somebody wants e-mail about. None is a choice as well."""

    topics = SelectMultipleField(
        "E-mails about",
        widget=GovCheckboxesInput(),
        choices=choices((topic.value, TOPIC_WORDS[topic]) for topic in Topic),
    )
    submit = SubmitField("Save", widget=GovSubmitInput())
    # What is not asked about: nobody refuses it by leaving it out.
    not_offered: Collection[Topic] = ()

    def for_family(self) -> NoticesForm:
        """The same for somebody who works on no case."""
        return self._offer(FAMILY_TOPICS)

    def for_person(self, *, handles_complaints: bool) -> NoticesForm:
        """The same for somebody who signs in."""
        return self._offer(
            topic for topic in Topic if handles_complaints or topic is not Topic.COMPLAINTS
        )

    def _offer(self, topics: Iterable[Topic]) -> NoticesForm:
        offered = list(topics)
        self.topics.choices = choices((topic.value, TOPIC_WORDS[topic]) for topic in offered)
        self.not_offered = set(Topic) - set(offered)
        return self

    @property
    def wanted(self) -> set[Topic]:
        return {Topic(value) for value in self.topics.data or ()}
