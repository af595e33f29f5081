"""How names are searched and compared: the family name first."""

from __future__ import annotations

from saas.reference.written import for_matching


def search_key(given_name: str, family_name: str) -> str:
    return for_matching(f"{family_name} {given_name}")
