"""The forms of who works where, for an authority's manager and for the provider."""

from __future__ import annotations

from saas.identity.permissions import AuthorityRole, ProviderRole
from saas.web.field_shapes import choice_field, email_field, list_field, name_field, several_field
from saas.web.forms import PageForm

AUTHORITY_ROLE_WORDS = {
    AuthorityRole.OFFICER: "Officer: works on cases",
    AuthorityRole.MANAGER: "Manager: also runs the team, exports and sees invoices",
    AuthorityRole.FINANCE: "Finance: invoices alone",
    AuthorityRole.AUDITOR: "Auditor: statistics and who did what, no case",
}
PROVIDER_ROLE_WORDS = {
    ProviderRole.COORDINATOR: "Coordinator",
    ProviderRole.ADVISER: "Adviser: information and certificates",
    ProviderRole.MEDIATOR: "Mediator: the cases they are appointed to",
    ProviderRole.MANAGER: "Manager",
    ProviderRole.FINANCE: "Finance",
    ProviderRole.ADMIN: "Administrator: who has access",
    ProviderRole.AUDITOR: "Auditor: figures and who did what",
}


class InviteForm(PageForm):
    """A place in an authority's team."""

    name = name_field("Name", longest=120, needed="Enter the person's name")
    email = email_field("E-mail address", needed="Enter the person's e-mail address")
    role = choice_field(
        "What the person does",
        [(role.value, words) for role, words in AUTHORITY_ROLE_WORDS.items()],
        needed="Choose what the person does",
    )


class RoleForm(PageForm):
    """Another place in the same team."""

    role = choice_field(
        "What the person does",
        [(role.value, words) for role, words in AUTHORITY_ROLE_WORDS.items()],
        needed="Choose what the person does",
    )


class ProviderRolesForm(PageForm):
    """The places of a person at the provider."""

    roles = several_field(
        "What the person does",
        [(role.value, words) for role, words in PROVIDER_ROLE_WORDS.items()],
        needed="Choose what the person does",
    )


class InviteAnywhereForm(PageForm):
    """A place at the provider or in an authority's team. The page gives the authorities."""

    name = name_field("Name", longest=120, needed="Enter the person's name")
    email = email_field("E-mail address", needed="Enter the person's e-mail address")
    place = list_field("Works for", blank="The provider")
    roles = several_field(
        "At the provider", [(role.value, words) for role, words in PROVIDER_ROLE_WORDS.items()]
    )
    role = choice_field(
        "At an authority",
        [(role.value, words) for role, words in AUTHORITY_ROLE_WORDS.items()],
        start=AuthorityRole.OFFICER.value,
    )
