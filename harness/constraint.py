"""Constraints on toolchains, as case headers and policies write them: "gc >=1.18 <1.22", "gccgo".

A constraint is a list of clauses with spaces between, and all of them must hold; the empty text always
holds. A clause is the name of an engine, `gc` or `gccgo`, or a comparison (`>=`, `>`, `<=`, `<`, `==`) with
a release.

A comparison looks at no more numbers than it names, so "1.22" stands for everything from 1.22rc1 to the
last 1.22.x: "<1.22" holds for none of these, ">=1.22", "<=1.22" and "==1.22" for all. "1.22.0" stands for
that release alone. Pre-releases and development versions of a release line ("1.22rc1", "1.28-8f3a9c1")
come before its ".0".

gccgo counts its releases otherwise than gc, so a comparison that means gc's releases should say `gc` too.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from harness.errors import UsageError

ENGINES = ("gc", "gccgo")

_COMPARISONS: dict[str, Callable[[tuple[int, ...], tuple[int, ...]], bool]] = {
    ">=": lambda release, bound: release >= bound,
    "<=": lambda release, bound: release <= bound,
    "==": lambda release, bound: release == bound,
    ">": lambda release, bound: release > bound,
    "<": lambda release, bound: release < bound,
}
_CLAUSE = re.compile(r"(>=|<=|==|>|<)(\d{1,9}(?:\.\d{1,9}){0,3})", re.ASCII)
_RELEASE = re.compile(r"(?:go)?(\d{1,9}(?:\.\d{1,9}){0,3})(.*)", re.ASCII | re.DOTALL)
_BEFORE_ZERO = -1
"""The patch number of a pre-release: lower than that of any release of its line."""


class BadConstraint(UsageError):
    """A constraint holds a clause that is neither an engine nor a comparison, or that nothing can meet."""


@dataclass(frozen=True, slots=True)
class Constraint:
    """A parsed constraint: the engine it asks for ("" for any) and its comparisons (sign, numbers)."""

    engine: str = ""
    comparisons: tuple[tuple[str, tuple[int, ...]], ...] = ()

    def matches(self, engine: str, release: str) -> bool:
        """Does it hold for `engine` ("gc" or "gccgo") at `release` ("1.22.10", "1.22rc1")?

        A release without numbers is a fault of the caller: `ValueError`.
        """
        if self.engine not in ("", engine):
            return False
        numbers = release_numbers(release)
        return all(_COMPARISONS[sign](numbers[: len(bound)], bound) for sign, bound in self.comparisons)


def parse(text: str) -> Constraint:
    """The constraint that `text` writes. Raises `BadConstraint`."""
    engine = ""
    comparisons: list[tuple[str, tuple[int, ...]]] = []
    for clause in text.split():
        if clause in ENGINES:
            if engine not in ("", clause):
                raise BadConstraint(f"constraint {text!r}: nothing is both gc and gccgo; name one of them")
            engine = clause
        elif comparison := _CLAUSE.fullmatch(clause):
            sign, bound = comparison.groups()
            comparisons.append((sign, tuple(int(number) for number in bound.split("."))))
        else:
            raise BadConstraint(
                f"constraint {text!r}: clause {clause!r} is neither gc, gccgo nor a comparison such as"
                ' ">=1.22" (no space after the sign)'
            )
    return Constraint(engine, tuple(comparisons))


def matches(text: str, engine: str, release: str) -> bool:
    """`parse(text).matches(engine, release)`, for a text that is used once. Raises `BadConstraint`."""
    return parse(text).matches(engine, release)


def release_numbers(release: str) -> tuple[int, int, int, int]:
    """The numbers by which releases are ordered: "1.22.10" -> (1, 22, 10, 0), "1.22rc1" -> (1, 22, -1, 0).

    What follows the third number (a vendor's mark, a list of experiments) does not count.
    Raises `ValueError`.
    """
    found = _RELEASE.fullmatch(release.strip())
    if found is None or found[2].startswith("."):
        raise ValueError(f"{release!r} is no release number")
    numbers = [int(number) for number in found[1].split(".")]
    if len(numbers) <= 2 and found[2].strip() and not found[2].startswith(" "):
        numbers += [0] * (2 - len(numbers)) + [_BEFORE_ZERO]
    major, minor, patch, fourth = numbers + [0] * (4 - len(numbers))
    return major, minor, patch, fourth
