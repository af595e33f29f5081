from __future__ import annotations

import pytest

from saas.reference import progress
from saas.reference.progress import progress_bar


def test_quick_work_shows_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    with progress_bar() as show:
        show("Reading", 1, 2)
        show("Reading", 2, 2)
    assert capfd.readouterr() == ("", "")


def test_work_past_the_patience_shows_a_bar_on_standard_error(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setattr(progress, "PATIENCE_SECONDS", 0.0)
    with progress_bar() as show:
        show("Reading postcodes", 1, 2)
    out, err = capfd.readouterr()
    assert out == ""
    assert "Reading postcodes" in err
