"""How names are searched: without accents, in lower case, the family name first."""

from __future__ import annotations

import unicodedata


def search_key_of(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text).casefold()
    return " ".join("".join(c for c in folded if not unicodedata.combining(c)).split())


def search_key(given_name: str, family_name: str) -> str:
    return search_key_of(f"{family_name} {given_name}")
