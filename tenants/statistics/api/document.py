"""The API described for programs: OpenAPI 3.1. Pure."""

from __future__ import annotations

from typing import Any

from tenants.statistics.measures.breakdowns import BREAKDOWNS
from tenants.statistics.measures.definitions import COUNTERS, MEDIAN_DAYS, SHARES
from tenants.statistics.sen2.listing import FLAGS

Document = dict[str, Any]
PAGE_SIZE = 100
LAST_PAGE = 10_000
API_BREAKDOWNS = tuple(key for key in BREAKDOWNS if key != "mediator")
_YEAR_NUMBER = "(201[4-9]|20[2-9][0-9])"
YEAR_FORM = f"^((fy|ay)?{_YEAR_NUMBER}|{_YEAR_NUMBER}-(q[1-4]|0[1-9]|1[0-2]))$"

_TEXT: Document = {"type": "string"}
_TEXT_OR_NONE: Document = {"type": ["string", "null"]}
_DAY: Document = {"type": "string", "format": "date"}
_DAY_OR_NONE: Document = {"type": ["string", "null"], "format": "date"}
_COUNT: Document = {"type": "integer", "minimum": 0}


def _whole(properties: Document) -> Document:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


_RATIO: Document = {
    "type": ["object", "null"],
    "properties": {
        "value": {"type": "number", "minimum": 0, "maximum": 1},
        "numerator": _COUNT,
        "denominator": _COUNT,
    },
    "required": ["value", "numerator", "denominator"],
}
_STAGED: Document = _whole({"request": _COUNT, "assessment": _COUNT, "other": _COUNT})


def _counted(schema: Document, sentence: str) -> Document:
    return {**schema, "description": sentence}


MEASURES: Document = _whole(
    {
        "authority": _TEXT,
        "period": _TEXT,
        **{c.key: _counted(_COUNT, c.sentence) for c in COUNTERS},
        "mediations_held_by_stage": _STAGED,
        "followed_by_appeal_by_stage": _STAGED,
        **{s.key: _counted(_RATIO, s.sentence) for s in SHARES},
        MEDIAN_DAYS.key: _counted({"type": ["number", "null"]}, MEDIAN_DAYS.sentence),
    }
)
BREAKDOWN: Document = _whole(
    {
        "authority": _TEXT,
        "period": _TEXT,
        "by": _TEXT,
        "values": {
            "type": "array",
            "items": _whole(
                {
                    "value": _TEXT,
                    "name": _TEXT,
                    "counts": _whole({c.key: _COUNT for c in COUNTERS}),
                }
            ),
        },
    }
)
CASE: Document = _whole(
    {
        "id": {"type": "string", "format": "uuid"},
        "reference": _TEXT,
        "your_reference": _TEXT_OR_NONE,
        "service": _TEXT,
        "decision_type": _TEXT_OR_NONE,
        "opened_on": _DAY,
        "stage": _TEXT,
        "is_open": {"type": "boolean"},
        "waiting_for": _TEXT_OR_NONE,
        "next_step": _TEXT_OR_NONE,
        "next_due": _DAY_OR_NONE,
        "mediation_due": _DAY_OR_NONE,
        "meeting_on": _DAY_OR_NONE,
        "held_on": _DAY_OR_NONE,
        "outcome": _TEXT_OR_NONE,
        "certificate_on": _DAY_OR_NONE,
        "appeal_on": _DAY_OR_NONE,
        "closed_on": _DAY_OR_NONE,
    }
)
SEN2: Document = _whole(
    {
        "upn": _TEXT_OR_NONE,
        "date_of_birth": _DAY,
        "your_reference": _TEXT_OR_NONE,
        "cases": {"type": "array", "items": _TEXT},
        "decision_type": _TEXT,
        "mediation_held_on": _DAY_OR_NONE,
        "appeal_registered_on": _DAY_OR_NONE,
        "flags": {"type": "array", "items": {"type": "string", "enum": list(FLAGS)}},
        "to_fix": _TEXT,
    }
)


def _paged(items: Document) -> Document:
    return _whole(
        {
            "page": {"type": "integer", "minimum": 1},
            "size": {"type": "integer", "minimum": 1},
            "more": {"type": "boolean"},
            "items": {"type": "array", "items": items},
        }
    )


PROBLEM: Document = {
    "type": "object",
    "properties": {"title": _TEXT, "status": {"type": "integer"}, "detail": _TEXT},
    "required": ["title", "status", "detail"],
}
_PROBLEMS = {
    "401": "No key, or one that is unknown, ended or withdrawn",
    "403": "The key does not allow this",
    "404": "There is no such thing",
    "422": "The question is not understood",
    "429": "Too many questions in a minute",
}
_YEAR: Document = {
    "name": "year",
    "in": "query",
    "description": "2024, fy2024, ay2024, 2024-q3 or 2024-07; this year if left out",
    "schema": {"type": "string", "pattern": YEAR_FORM},
}
_CALENDAR_YEAR: Document = {
    "name": "year",
    "in": "query",
    "description": "A calendar year; the last one if left out",
    "schema": {"type": "integer", "minimum": 2014, "maximum": 2099},
}
_PAGE: Document = {
    "name": "page",
    "in": "query",
    "schema": {"type": "integer", "minimum": 1, "maximum": LAST_PAGE, "default": 1},
}
_BY: Document = {
    "name": "by",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "enum": list(API_BREAKDOWNS)},
}


def _get(name: str, summary: str, parameters: list[Document], schema: Document) -> Document:
    answers: Document = {
        "200": {
            "description": summary,
            "headers": {"ETag": {"schema": _TEXT}},
            "content": {"application/json": {"schema": schema}},
        },
        "304": {"description": "Nothing changed since the ETag that was sent"},
    }
    for status, words in _PROBLEMS.items():
        answers[status] = {
            "description": words,
            "content": {"application/problem+json": {"schema": PROBLEM}},
        }
    return {
        "get": {
            "operationId": name,
            "summary": summary,
            "parameters": parameters,
            "security": [{"key": []}],
            "responses": answers,
        }
    }


def document(server: str) -> Document:
    """The whole description. `server` is the address that paths are under."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "SEND mediation: an authority's own figures and cases",
            "version": "1",
            "description": "Reads alone. Every number has its definition beside its schema.",
        },
        "servers": [{"url": server}],
        "components": {"securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}},
        "paths": {
            "/measures": _get("measures", "Every measure of a period", [_YEAR], MEASURES),
            "/breakdowns/{by}": _get(
                "breakdown", "Every counter of a period, broken down", [_BY, _YEAR], BREAKDOWN
            ),
            "/cases": _get("cases", "Cases as your officers see them", [_PAGE], _paged(CASE)),
            "/sen2": _get(
                "sen2",
                "The SEN2 list of a calendar year",
                [_CALENDAR_YEAR, _PAGE],
                _paged(SEN2),
            ),
        },
    }
