from __future__ import annotations

import pytest

from saas.config import Settings
from saas.documents.content import Provider, lines_of


@pytest.mark.parametrize(
    "text",
    [
        "18 Canal Street\nManchester M1 9ZZ\n",
        "18 Canal Street; Manchester M1 9ZZ",
        "18 Canal Street, Manchester M1 9ZZ",
    ],
)
def test_an_address_in_one_setting_is_taken_apart_into_lines(text: str) -> None:
    assert lines_of(text) == ("18 Canal Street", "Manchester M1 9ZZ")


def test_a_comma_stays_in_its_line_where_line_ends_part_the_lines() -> None:
    assert lines_of("Unit 4, Wharf Court\nManchester") == ("Unit 4, Wharf Court", "Manchester")


def test_an_empty_setting_has_no_lines() -> None:
    assert lines_of("  ") == ()


def test_the_provider_signs_with_what_the_settings_say() -> None:
    provider = Provider.of(
        Settings(
            environment="test",
            provider_name="Quiet Water Mediation",
            provider_address="18 Canal Street\nManchester M1 9ZZ",
            provider_telephone="0300 555 0142",
            provider_email="post@provider.example",
        )
    )
    assert provider == Provider(
        name="Quiet Water Mediation",
        address=("18 Canal Street", "Manchester M1 9ZZ"),
        telephone="0300 555 0142",
        email="post@provider.example",
    )
