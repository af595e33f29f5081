"""The leaflet of one authority: a tagged PDF of what its page says."""

from __future__ import annotations

import datetime as dt
import json
from functools import lru_cache
from typing import Any

from saas.documents.content import Provider, start_of
from saas.documents.pdf import render_pdf
from saas.reference.calendar_words import long_date
from tenants.front_door.areas import AreaContent, time_limits

_KEPT = 64  # leaflets: as many as authorities subscribe, or so


def leaflet_of(content: AreaContent, provider: Provider, *, on: dt.date) -> bytes:
    """The leaflet as an accessible PDF. One that was printed today is not printed again.

    Raises:
        saas.documents.pdf.DocumentError: a text holds what cannot be printed.
    """
    says: dict[str, Any] = {
        "provider": provider.as_content(),
        "area": content.area.name,
        "on": long_date(on),
        "introduction": content.introduction_blocks,
        "leaflet": content.leaflet_blocks,
        "services": [{"name": str(name), "words": str(words)} for name, words in content.services],
        "limits": [{"time": time, "words": str(words)} for time, words in time_limits()],
        "hours": content.detail.hours,
        "telephone": content.telephone,
        "email": content.email,
    }
    return _printed(json.dumps(says, sort_keys=True), on)


@lru_cache(maxsize=_KEPT)
def _printed(says: str, on: dt.date) -> bytes:
    content = json.loads(says)
    return render_pdf(
        "leaflet",
        content,
        title=f"Help when you and the council do not agree: {content['area']}",
        issued_at=start_of(on),
    )
