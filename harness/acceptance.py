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
        """Those of a case that was compared on these toolchains and no longer shows what was accepted."""
        shown = {c.case.name: difference(c, self.pre, self.post) for c in comparisons} if self.acceptances else {}
        return tuple(
            one
            for one in self.acceptances
            if self._is_of_this_pair(one)
            and one.difference.case in shown
            and shown[one.difference.case] != one.difference
        )

    @property
    def elsewhere(self) -> int:
        """How many are of other toolchains, and so cannot match."""
        return sum(not self._is_of_this_pair(one) for one in self.acceptances)

    def _is_of_this_pair(self, one: Acceptance) -> bool:
        return (one.difference.pre.digest, one.difference.post.digest) == (self.pre.digest, self.post.digest)
