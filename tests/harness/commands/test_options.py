"""What several commands take: times with units."""

from __future__ import annotations

import pytest
import typer

from harness.commands.options import duration


@pytest.mark.parametrize(
    ("text", "seconds"), [("60", 60), ("60s", 60), ("0.1", 0.1), ("1.5m", 90), ("10m", 600), ("1h", 3600), ("5.0", 5)]
)
def test_a_time(text: str, seconds: float) -> None:
    assert duration(text) == seconds


@pytest.mark.parametrize("text", ["", "0", "0.05s", "-1", "1d", "1 h", "h", "1e3", "nan", "inf", "\u0661"])
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="must be a time of"):
        duration(text)
