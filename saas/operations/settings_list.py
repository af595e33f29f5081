"""Every setting, as `saas/config.py` has it: the comment above a field is what it means."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr
from pydantic_core import PydanticUndefined

from saas import config
from saas.config import REQUIRED, Settings


@dataclass(frozen=True)
class Described:
    """One setting. `here` says nothing of a secret but whether it is set."""

    name: str
    meaning: tuple[str, ...]
    default: str
    here: str
    required: bool


def settings_list(settings: Settings) -> list[Described]:
    """Every setting, in the order of `saas/config.py`."""
    meanings = dict(_meanings())
    described = []
    for name, field in Settings.model_fields.items():
        default = field.get_default(call_default_factory=True)
        value = getattr(settings, name)
        secret = isinstance(default, SecretStr)
        described.append(
            Described(
                name=name.upper(),
                meaning=meanings[name],
                default=_shown(default, secret=secret),
                here=_shown(value, secret=secret),
                required=name.upper() in REQUIRED,
            )
        )
    return described


def _shown(value: object, *, secret: bool) -> str:
    if value is PydanticUndefined or value in (None, "", []):
        return "empty"
    if secret:
        return "set (a secret)" if str(value.get_secret_value()) else "empty"  # type: ignore[attr-defined]
    if isinstance(value, Path):
        return str(value.relative_to(config.ROOT)) if value.is_relative_to(config.ROOT) else "set"
    if isinstance(value, list):
        return ",".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _meanings() -> Iterator[tuple[str, tuple[str, ...]]]:
    """The comment lines above each field. Fields without one between share it."""
    source = Path(config.__file__).read_text(encoding="utf-8")
    lines = source.splitlines()
    (settings,) = (
        node
        for node in ast.parse(source).body
        if isinstance(node, ast.ClassDef) and node.name == "Settings"
    )
    before: tuple[str, ...] = ()
    ended = 0
    for node in settings.body:
        if not isinstance(node, ast.AnnAssign) or not isinstance(node.target, ast.Name):
            continue
        first = node.lineno - 1
        comment: list[str] = []
        while first > 0 and lines[first - 1].strip().startswith("#"):
            first -= 1
            comment.insert(0, lines[first].strip().removeprefix("#").strip())
        if comment or first > ended:
            before = tuple(comment)
        ended = node.end_lineno or node.lineno
        yield node.target.id, before
