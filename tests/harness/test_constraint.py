"""Constraints: what each clause holds for, and what each slip says."""

import pytest

from harness import constraint
from harness.constraint import BadConstraint


@pytest.mark.parametrize(
    ("text", "engine", "release", "holds"),
    [
        ("", "gc", "1.22.10", True),
        ("", "gccgo", "12.2.0", True),
        ("gc", "gc", "1.22.10", True),
        ("gc", "gccgo", "12.2.0", False),
        ("gccgo", "gccgo", "12.2.0", True),
        ("gccgo", "gc", "1.22.10", False),
        ("gc >=1.18 <1.22", "gc", "1.21.13", True),
        ("gc >=1.18 <1.22", "gc", "1.17.13", False),
        ("gc >=1.18 <1.22", "gc", "1.22.0", False),
        ("gc >=1.18 <1.22", "gccgo", "1.21.0", False),
        ("<1.22", "gc", "1.22rc1", False),
        ("<1.22", "gc", "1.22", False),
        ("<1.22", "gc", "1.22.10", False),
        (">=1.22", "gc", "1.22.0", True),
        (">=1.22", "gc", "1.22", True),
        (">=1.22", "gc", "1.22rc1", True),
        (">=1.22", "gc", "1.3", False),
        (">1.22", "gc", "1.22.10", False),
        (">1.22", "gc", "1.23.0", True),
        ("<=1.22", "gc", "1.22.10", True),
        ("<=1.22", "gc", "1.23rc1", False),
        ("==1.22", "gc", "1.22.10", True),
        ("==1.22", "gc", "1.23.0", False),
        ("==1.22.0", "gc", "1.22.10", False),
        ("==1.22.0", "gc", "go1.22", True),
        (">=1.23.1", "gc", "1.23.0", False),
        (">=1.23.1", "gc", "1.23.4.4", True),
        ("==1.23.4.4", "gc", "1.23.4", False),
        (">=1.22.0", "gc", "1.22rc1", False),
        ("<1.28.0", "gc", "1.28-8f3a9c1", True),
        (">=1.28", "gc", "1.28-8f3a9c1", True),
        ("==1.22.10", "gc", "1.22.10 X:loopvar", True),
        ("==1.22.10", "gc", "1.22.10-vendor3", True),
        ("gccgo >=12", "gccgo", "12.2.0", True),
        ("gccgo >=13", "gccgo", "12.2.0", False),
        ("  gc\t>=1.20  ", "gc", "1.20", True),
    ],
)
def test_matches(text: str, engine: str, release: str, holds: bool) -> None:
    assert constraint.matches(text, engine, release) is holds


@pytest.mark.parametrize(
    "text", ["go", ">= 1.22", "=>1.22", ">=1.22rc1", ">=", "1.22", ">=1.", "!=1.22", ">=1.2.3.4.5", "GC"]
)
def test_a_clause_that_means_nothing_is_named(text: str) -> None:
    with pytest.raises(BadConstraint) as caught:
        constraint.parse(text)
    message = str(caught.value)
    assert repr(text) in message
    assert "neither gc, gccgo nor a comparison" in message
    assert "\n" not in message


def test_both_engines_at_once_are_refused() -> None:
    with pytest.raises(BadConstraint, match="nothing is both gc and gccgo"):
        constraint.parse("gc gccgo")


def test_digits_are_ascii_and_few() -> None:
    for text in (">=1.٢", ">=1." + "9" * 5000):
        with pytest.raises(BadConstraint):
            constraint.parse(text)


@pytest.mark.parametrize("release", ["", "devel", "v1.22", "1.", "tip"])
def test_a_release_without_numbers_is_the_callers_fault(release: str) -> None:
    with pytest.raises(ValueError, match="no release number"):
        constraint.matches(">=1.22", "gc", release)


def test_releases_are_ordered() -> None:
    releases = ["1.2", "1.21.13", "1.22-abc", "1.22.0", "1.22.2", "1.22.10", "1.23.4", "1.23.4.4", "2.0"]
    numbers = [constraint.release_numbers(release) for release in releases]
    assert numbers == sorted(numbers)
    assert len(set(numbers)) == len(numbers)
