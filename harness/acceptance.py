"""Differences that a person has reviewed and accepted, with a reason, an owner and a day on which that ends.

An acceptance excuses the one difference that was reviewed and no other (`harness.difference`): another rule, another
output, another patch or an edited case fails the gate as before.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from harness.difference import Difference, difference
from harness.model import Comparison, Installed, Verdict

REVIEWABLE = (Verdict.REGRESSED, Verdict.FIXED, Verdict.DISPUTED, Verdict.BOTH_DIVERGE, Verdict.CHANGED)
"""Verdicts that are a difference, or a fault, of which enough is known to review it."""


@dataclass(frozen=True, slots=True)
class Acceptance:
    """`reason`, `owner`: one line each. `expires`: the last day, in UTC, on which it holds."""

    difference: Difference
    reason: str
    owner: str
    expires: date

    def holds(self, today: date) -> bool:
        """Whether it has not expired."""
        return today <= self.expires


@dataclass(frozen=True, slots=True)
class Reviewed:
    """The acceptances that a gate on `pre` and `post` heeds, on the day `today`."""

    pre: Installed
    post: Installed
    today: date
    acceptances: tuple[Acceptance, ...] = ()

    def find(self, comparison: Comparison) -> Acceptance | None:
        """The acceptance of what `comparison` shows; of several the one that holds longest, expired or not."""
        if not self.acceptances:
            return None
        shown = difference(comparison, self.pre, self.post)
        matching = (one for one in self.acceptances if one.difference == shown)
        return max(matching, key=lambda one: one.expires, default=None)

    def unmatched(self, comparisons: Iterable[Comparison]) -> tuple[Acceptance, ...]:
        """Those in force, of a case that was compared on these toolchains, that match nothing it shows."""
        if not self.acceptances:
            return ()
        shown = {comparison.case.name: difference(comparison, self.pre, self.post) for comparison in comparisons}
        return tuple(
            one
            for one in self.acceptances
            if one.holds(self.today)
            and is_of_pair(one, self.pre, self.post)
            and shown.get(one.difference.case, one.difference) != one.difference
        )

    @property
    def elsewhere(self) -> int:
        """How many of those in force are of other toolchains, and so cannot match."""
        return sum(one.holds(self.today) and not is_of_pair(one, self.pre, self.post) for one in self.acceptances)


def is_of_pair(one: Acceptance, pre: Installed, post: Installed) -> bool:
    """Whether it is of a difference between toolchains that compile as these do."""
    return (one.difference.pre.digest, one.difference.post.digest) == (pre.digest, post.digest)
