from __future__ import annotations

import pytest

from harness.commands.bisect_releases import gaps


@pytest.mark.parametrize(
    ("names", "places"),
    [
        (("go1.25.0", "go1.25.1", "go1.25.2"), set()),
        (("go1.24.11", "go1.25.0"), set()),
        (("go1.21.13", "go1.22.10", "go1.23.1"), {1, 2}),
        (("go1.22.10", "go1.24.0"), {1}),
    ],
)
def test_where_go_had_releases_that_are_not_among_them(names: tuple[str, ...], places: set[int]) -> None:
    assert gaps(names) == places
