"""Reads form parameters and refuses those that the installed types do not know."""

from __future__ import annotations

import re
import sys
from typing import Any
from urllib.parse import parse_qsl

import stripe.params

_PART = re.compile(r"\[([^\]]*)\]")
_CLASS = re.compile(r"\b([A-Z]\w*Params\w*)\b")
OPTIONS = {"api_key", "stripe_version", "stripe_account", "stripe_context",
           "max_network_retries", "idempotency_key", "content_type", "headers"}  # fmt: skip


class Unknown(ValueError):
    """A parameter that Stripe does not have."""


def read_form(text: str) -> dict[str, Any]:
    """'a[b][0]=c' as nested dictionaries and lists."""
    tree: dict[str, Any] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        path = [name.partition("[")[0], *_PART.findall(name)]
        node = tree
        for part in path[:-1]:
            node = node.setdefault(part, {})
        node[path[-1]] = value
    return {name: _listed(value) for name, value in tree.items()}


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {name: _listed(one) for name, one in value.items()}
    if inner and all(name.isdigit() for name in inner):
        return [inner[name] for name in sorted(inner, key=int)]
    return inner


def check(given: dict[str, Any], params: str) -> None:
    """Refuse what the params class does not name.

    Raises:
        Unknown: naming the parameter as Stripe would.
    """
    known = getattr(stripe.params, params)
    _check(given, known, sys.modules[known.__module__].__dict__, "")


def _check(given: Any, known: Any, names: dict[str, Any], path: str) -> None:
    annotations: dict[str, Any] = {}
    for base in reversed(known.__mro__ if hasattr(known, "__mro__") else [known]):
        annotations.update(getattr(base, "__annotations__", {}))
    for name, value in given.items():
        where = f"{path}[{name}]" if path else name
        if name not in annotations or name in OPTIONS:
            raise Unknown(where)
        inner = [names[c] for c in _CLASS.findall(str(annotations[name])) if c in names]
        if name == "metadata" or not inner:
            continue
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict):
                _check(one, inner[0], names, where)
