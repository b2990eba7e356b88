"""Which point of a history made a difference, found with few tests. Pure: somebody else does the tests.

The cause is taken to be one point: it and all that descend from it show the difference, and no others do. A test says
yes, no, or that the point cannot be tested; it may be wrong, if the program is unsteady. All that is known is one
posterior over the cause and over how unsteady the tests are (Bayes' rule; the prior says that most programs are
steady and most differences have one cause). The point tested next is the one of which yes and no are equally likely:
for steady programs that is bisection, and nobody is accused before what speaks against him was tried again, for
unsteady ones it is probabilistic bisection (M. Horstein, 1963).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum

from harness.history import Answer, History, changes, union


@dataclass(frozen=True, slots=True)
class Found:
    """The cause is one of `points`: more than one where those between cannot be tested. `confidence`: the
    probability of that, if there is one cause."""

    points: tuple[int, ...]
    confidence: float


@dataclass(frozen=True, slots=True)
class Unsure:
    """As many tests as were allowed did not decide it: the likeliest `points`."""

    points: tuple[int, ...]
    confidence: float


@dataclass(frozen=True, slots=True)
class Several:
    """The results contradict a single cause: the difference came, or went, more than once."""

    confidence: float


class Trouble(Enum):
    """Why there is nothing to search."""

    SWAPPED = "it is before that there is a difference, and after that there is none"
    BOTH = "both ends show the difference"
    NEITHER = "neither end shows the difference"
    UNTESTABLE = "an end cannot be tested"
    NOTHING = "no point lies behind what must not show the difference"


@dataclass(frozen=True, slots=True)
class Refused:
    """`points`: the ends concerned."""

    why: Trouble
    points: tuple[int, ...] = ()


Conclusion = Found | Unsure | Several | Refused

CONFIDENT = 0.9998
"""The probability that is enough to accuse."""
TESTS = 400
"""Tests at most."""

_STEADY, _UNSTEADY, _SEVERAL = 0.90, 0.09, 0.01
"""Prior probability of steady tests and one cause, of unsteady ones, of steady tests and several causes."""
_FALSE_YES = (0.0, 0.1, 0.2, 0.35)
_TRUE_YES = (1.0, 0.9, 0.8, 0.65)
_END_LEAD = 5
"""An end that is not as it should be is refused when it said so this many times more than otherwise."""
_END_TESTS = 15
"""And this often it is tested at most."""


@dataclass(frozen=True, slots=True)
class _Rates:
    """How often a test says yes of points without and with the difference, and the prior of that."""

    false: float
    true: float
    prior: float


def _worlds() -> tuple[_Rates, ...]:
    pairs = [(false, true) for false in _FALSE_YES for true in _TRUE_YES if (false, true) != (0.0, 1.0)]
    return (_Rates(0.0, 1.0, _STEADY), *(_Rates(*pair, _UNSTEADY / len(pairs)) for pair in pairs))


_WORLDS = _worlds()


@dataclass(slots=True)
class _Count:
    yes: int = 0
    no: int = 0

    @property
    def of(self) -> int:
        return self.yes + self.no


@dataclass(slots=True)
class Search:
    """One search. Ask `wanted` what to test, `tell` what came of it, until nothing is wanted; then `conclusion` says
    what was found. What is known already can be told before. The same answers in the same order give the same
    search."""

    history: History
    confident: float = CONFIDENT
    tests: int = TESTS
    counts: dict[int, _Count] = field(default_factory=dict, init=False)
    untestable: set[int] = field(default_factory=set, init=False)

    def tell(self, point: int, answer: Answer) -> None:
        """One answer more. A point that was tested once stays testable."""
        if answer is Answer.UNTESTABLE:
            if point not in self.counts:
                self.untestable.add(point)
            return
        self.untestable.discard(point)
        count = self.counts.setdefault(point, _Count())
        if answer is Answer.YES:
            count.yes += 1
        else:
            count.no += 1

    @property
    def told(self) -> int:
        """Tests with an answer."""
        return sum(count.of for count in self.counts.values())

    @property
    def steady(self) -> bool:
        """Whether no point ever said both."""
        return not any(count.yes and count.no for count in self.counts.values())

    def wanted(self, at_once: int = 1) -> list[int]:
        """What to test next, at most so many different points; [] when all is known that can be."""
        if self._refused() is not None:
            return []
        if ends := self._ends():
            return ends[:at_once]
        belief = self._belief()
        if self.told >= self.tests or self._concluded(belief) is not None:
            return []
        return self._best(belief, at_once)

    def conclusion(self) -> Conclusion:
        """What is known now."""
        if (refused := self._refused()) is not None:
            return refused
        belief = self._belief()
        if (concluded := self._concluded(belief)) is not None:
            return concluded
        likely = belief.likely
        return Unsure(_bits(likely.points), likely.probability)

    # --- the ends ---------------------------------------------------------------------------------------------

    def _expected(self) -> dict[int, Answer]:
        return {**dict.fromkeys(self.history.before, Answer.NO), self.history.after: Answer.YES}

    def _lead(self, point: int, wanted: Answer) -> int:
        """How many more answers than not were as they should be."""
        count = self.counts.get(point, _Count())
        return count.yes - count.no if wanted is Answer.YES else count.no - count.yes

    def _wrong(self, point: int, wanted: Answer) -> bool:
        """Whether an end is not as it should be, for all that can be known."""
        lead = self._lead(point, wanted)
        return lead <= -_END_LEAD or (lead < 1 and self._asked(point) >= _END_TESTS)

    def _ends(self) -> list[int]:
        """Ends of which nothing is known yet, or too little."""
        expected = self._expected().items()
        return [p for p, wanted in expected if self._lead(p, wanted) < 1 and not self._wrong(p, wanted)]

    def _refused(self) -> Refused | None:
        if not self.history.suspects:
            return Refused(Trouble.NOTHING)
        expected = self._expected()
        if lost := tuple(point for point in expected if point in self.untestable):
            return Refused(Trouble.UNTESTABLE, lost)
        wrong = tuple(point for point, wanted in expected.items() if self._wrong(point, wanted))
        if not wrong or self._ends():
            return None
        after = self.history.after in wrong
        if after and len(wrong) > 1:
            return Refused(Trouble.SWAPPED, wrong)
        return Refused(Trouble.NEITHER if after else Trouble.BOTH, wrong)

    # --- what is believed -------------------------------------------------------------------------------------

    def _belief(self) -> _Belief:
        tested = list(self.counts.items())
        parts = [self.history.suspects]
        for point, _ in tested:
            origins = self.history.origins[point]
            parts = [part for whole in parts for part in (whole & origins, whole & ~origins) if part]
        shows = [[bool(self.history.origins[point] & part) for point, _ in tested] for part in parts]
        each = math.log(self.history.suspects.bit_count())
        weights: list[list[float]] = [[] for _ in parts]
        for rates in _WORLDS:
            bad = [_log(rates.true, count) for _, count in tested]
            good = [_log(rates.false, count) for _, count in tested]
            for weight, part, shown in zip(weights, parts, shows, strict=True):
                fits = math.fsum(b if is_bad else g for b, g, is_bad in zip(bad, good, shown, strict=True))
                weight.append(math.log(rates.prior) + math.log(part.bit_count()) - each + fits)
        # The first world is the steady one: if one cause explains all, nothing speaks for several.
        explained = any(weight[0] > -math.inf for weight in weights)
        several = -math.inf if explained or not self.steady else math.log(_SEVERAL) + self._several()
        top = max(several, *(max(weight) for weight in weights))
        masses = [math.fsum(math.exp(one - top) for one in weight) for weight in weights]
        rest, one = math.exp(several - top), math.fsum(masses)
        classes = [_Class(part, mass / one if one else 0.0) for part, mass in zip(parts, masses, strict=True)]
        return _Belief(tuple(classes), rest / (one + rest))

    def _several(self) -> float:
        """The logarithm of the likelihood of what was told, where there are several causes and tests are steady: the
        answers change so often, and at any points alike."""
        many = len(changes(self.history, self._answers()))
        tested = max(len(self.counts), many)
        return -math.log(tested * math.comb(tested, many))

    def _answers(self) -> list[Answer]:
        """What each point said, where none said both."""
        said = [Answer.UNTESTABLE] * len(self.history.names)
        for point, count in self.counts.items():
            said[point] = Answer.YES if count.yes else Answer.NO
        return said

    def _concluded(self, belief: _Belief) -> Conclusion | None:
        if belief.several >= self.confident:
            return Several(belief.several)
        likely = belief.likely
        if belief.several > 1 - self.confident or likely.probability < self.confident:
            return None
        if any(self._splits(point, likely.points) for point in self._open()):
            return None
        return Found(_bits(likely.points), likely.probability)

    def _open(self) -> Iterable[int]:
        """Points that can be tested, as far as is known, and that the difference came by."""
        points = self.history.suspects | union(1 << point for point in self.history.before)
        return (point for point in _bits(points) if point not in self.untestable)

    def _splits(self, point: int, points: int) -> bool:
        return self.history.origins[point] & points not in (0, points)

    # --- what to ask ------------------------------------------------------------------------------------------

    def _best(self, belief: _Belief, at_once: int) -> list[int]:
        """The points that tell most: so that what they may answer shares out the belief evenly. Where one cause is
        certain unless there are several, those that contradict it."""
        if belief.likely.probability >= self.confident and (against := self._against(belief.likely.points)):
            return against[:at_once]
        classes = self._left(belief)
        sizes = [one.points.bit_count() for one in classes]
        scored = []
        for point in self._open():
            origins = self.history.origins[point]
            mass = math.fsum(
                one.probability * (one.points & origins).bit_count() / size
                for one, size in zip(classes, sizes, strict=True)
            )
            scored.append((point, mass, self._testable(point)))
        chosen: list[int] = []
        for n in range(1, at_once + 1):
            share = n / (at_once + 1)
            left = [each for each in scored if each[0] not in chosen and 1e-9 < each[1] < 1 - 1e-9]
            if not left:
                break
            point, _, _ = max(left, key=lambda each: ((0.5 - abs(each[1] - share)) * each[2], -self._asked(each[0])))
            chosen.append(point)
        return chosen or [min(self.counts, key=lambda point: (self._asked(point), point))]

    def _against(self, suspects: int) -> list[int]:
        """Points that say what none of these suspects alone explains; those first of which least is known."""
        points = [
            point
            for point, count in self.counts.items()
            if bool(self.history.origins[point] & suspects) != (count.yes > count.no)
        ]
        return sorted(points, key=lambda point: (self._asked(point), point))

    def _left(self, belief: _Belief) -> tuple[_Class, ...]:
        """What the share of a point is reckoned by: while all answers agree and do not say yet which suspect it is,
        by the suspects that are left alone, so that nothing but halving counts; else by all that is believed."""
        agreeing = [
            one
            for one in belief.classes
            if all(bool(self.history.origins[point] & one.points) == (c.yes > 0) for point, c in self.counts.items())
        ]
        if (
            not self.steady
            or len(agreeing) != 1
            or not any(self._splits(p, agreeing[0].points) for p in self._open())
        ):
            return belief.classes
        return (_Class(agreeing[0].points, 1.0),)

    def _asked(self, point: int) -> int:
        return self.counts.get(point, _Count()).of

    def _testable(self, point: int) -> float:
        """How likely the point can be tested: those beside one that cannot often cannot, either."""
        if point in self.counts or not self.untestable:
            return 1.0
        return 1 - 0.5 ** min(abs(point - other) for other in self.untestable)


@dataclass(frozen=True, slots=True)
class _Class:
    """Suspects that no test has told apart, as bits, and the probability that the cause is among them, if it is
    one."""

    points: int
    probability: float


@dataclass(frozen=True, slots=True)
class _Belief:
    """`several`: the probability that there is more than one cause."""

    classes: tuple[_Class, ...]
    several: float

    @property
    def likely(self) -> _Class:
        """The likeliest."""
        return max(self.classes, key=lambda one: one.probability)


Test = Callable[[Sequence[int]], Iterable[Answer]]
"""Tests points, several at once if it can; gives their answers in the same order."""


def run(search: Search, test: Test, *, at_once: int = 1) -> Conclusion:
    """Test until all is known that can be."""
    while points := search.wanted(at_once):
        for point, answer in zip(points, test(points), strict=True):
            search.tell(point, answer)
    return search.conclusion()


def _bits(number: int) -> tuple[int, ...]:
    return tuple(n for n in range(number.bit_length()) if number >> n & 1)


def _log(yes: float, count: _Count) -> float:
    """The logarithm of the likelihood of what was told, where a test says yes so often."""
    total = 0.0
    for probability, times in ((yes, count.yes), (1 - yes, count.no)):
        if times:
            total += times * math.log(probability) if probability else -math.inf
    return total
