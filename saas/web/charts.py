"""Charts as SVG, from Vega-Lite: drawn here, so that a page needs no script and no inline style.

A chart is a request of its own (`<img>`), which the Content-Security-Policy lets through.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from threading import Lock
from typing import Any, Final

import vl_convert
from flask import Response

# Dark to light: the order survives greyscale and red-green colour blindness.
INK: Final = "#14202b"
QUIET: Final = "#4a5763"
LINE: Final = "#d3dae0"
DARK: Final = "#1d4f91"
MIDDLE: Final = "#6f93bd"
LIGHT: Final = "#c9d9ea"
SERIES: Final = (DARK, MIDDLE, LIGHT)

PAGE_FONT: Final = "Arial"
CACHED_CHARTS: Final = 1024

Spec = Mapping[str, Any]
# The renderer is one JavaScript engine in the process.
_renderer = Lock()


def themed(
    spec: Spec, *, font: str = PAGE_FONT, size: int = 13, label_limit: int = 260
) -> dict[str, Any]:
    """The spec with the one look that every chart has. Sizes and limits are pixels."""
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "background": "white",
        # The width is the whole drawing's, long labels included, so that text keeps its size.
        "autosize": {"type": "fit-x", "contains": "padding"},
        "config": {
            "font": font,
            "view": {"stroke": None},
            "axis": {
                "labelFontSize": size,
                "titleFontSize": size,
                "titleFontWeight": "normal",
                "labelColor": INK,
                "titleColor": QUIET,
                "gridColor": LINE,
                "domainColor": QUIET,
                "tickColor": LINE,
                "labelLimit": label_limit,
            },
            "legend": {
                "labelFontSize": size,
                "titleFontSize": size,
                "labelColor": INK,
                "orient": "top",
                "title": None,
                "symbolType": "square",
            },
            "text": {"fontSize": size, "color": INK},
        },
        **spec,
    }


def svg(spec: Spec) -> str:
    """The chart of a themed spec; the same spec is drawn once a process."""
    return _drawn(json.dumps(spec, sort_keys=True))


@lru_cache(maxsize=CACHED_CHARTS)
def _drawn(spec: str) -> str:
    with _renderer:
        drawn: str = vl_convert.vegalite_to_svg(spec)
    return drawn


def svg_response(spec: Spec) -> Response:
    """The chart as a response of its own."""
    return Response(svg(spec), mimetype="image/svg+xml")
