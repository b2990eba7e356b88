"""The smallest program that differs on a driver as a given one does.

A signature is what must stay: the rule that is broken and what the process died of, as `harness.data.verdict` has it.
The driver recovers what a program leaves unrecovered, and Go does not, so a program is tried with such a recovery of
its own first: what is then found shows the same difference as a Go program.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from harness import signature
from harness.data import single, verdict, wire
from harness.data.chunk import ROOMY, TIGHT, Chunk
from harness.data.driver import Difference
from harness.golang.shapes import RANGE_OVER_FUNC
from harness.model import Crashed, Diverges, Judged
from harness.reduce import reduce
from oracle import rules, spec
from oracle.code import compile_program
from oracle.events import EndKind
from oracle.gather import gather
from oracle.program import Action, Call, Defer, Function, Go, Program, Recover

STACKS = (TIGHT, ROOMY)
"""When a stack is copied depends on what ran before, so a program may differ on one sort of them only."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A program that differs when it is alone: `broken` says how; `how`: on which sort of stacks; `ranging`: if its
    loops are over functions; `hints`: the shapes with which alone it does, () if others will do."""

    program: Program
    broken: verdict.Broken
    how: int
    ranging: bool = False
    hints: single.Hints = ()


@dataclass(slots=True)
class Reducing:
    """Reduces programs on a driver. `run` runs a chunk to its end and gives what differs; `release`: the driver's.
    `asked`, `rounds`: how many programs were run so far, and in how many chunks."""

    run: Callable[[Chunk], Iterable[Difference]]
    release: tuple[int, int]
    asked: int = field(default=0, init=False)
    rounds: int = field(default=0, init=False)

    def differs(self, program: Program, hints: single.Hints = (), stacks: Sequence[int] = STACKS) -> Shown | None:
        """The program with recoveries of its own, or else as it is, if it differs; None if neither does on any of the
        `stacks`. `hints`: the shapes that its functions had. Raises `NotData` if it cannot be data."""
        single.fit(program, self.release)
        if _words(caught(program)[0]) > single.MOST_WORDS:
            raise single.NotData(f"it owes more than {single.MOST_WORDS:,} events")
        loops = (False, True) if self.release >= RANGE_OVER_FUNC else (False,)
        candidates = [caught(program, hints), (program, hints)]
        # Shapes that are chosen anew can be chosen again for what is left of the program.
        ways: list[tuple[bool, bool]] = [(ranging, False) for ranging in loops] + [(False, True)] * bool(hints)
        for how in stacks:
            for ranging, hinted in ways:
                for one, of in candidates:
                    shown = self._shown(one, of if hinted else (), how, ranging)
                    if shown is not None:
                        return shown
        return None

    def as_it_is(self, program: Program, shown: Shown) -> Shown | None:
        """The program without recoveries of its own, if it differs as what was shown does."""
        found = self._shown(program, (), shown.how, shown.ranging)
        return found if found is not None and found.broken.signature == shown.broken.signature else None

    def smallest(self, shown: Shown) -> Shown:
        """The smallest program found with the same signature; the same one if it needs its `hints`."""
        if shown.hints:
            return shown
        may_die = dies(shown.program)

        def shows(programs: Sequence[Program]) -> Iterator[bool]:
            lively = [one if may_die or not dies(one) else None for one in programs]
            fitted = [None if one is None else self._fitted(one, (), shown.ranging) for one in lively]
            verdicts = self.verdicts([one for one in fitted if one is not None], shown.how)
            for one in fitted:
                broken = None if one is None else next(verdicts)
                yield broken is not None and broken.signature == shown.broken.signature

        return self._shown(reduce(shown.program, shows), (), shown.how, shown.ranging) or shown

    def verdicts(self, programs: Sequence[single.Fitted], how: int) -> Iterator[verdict.Broken | None]:
        """What is wrong with each program, None if nothing is, or if it owes more than can be told of. One whose
        verdict nobody asks for may not be run: it takes time to start a driver again that died."""
        if not programs:
            return
        self.asked += len(programs)
        self.rounds += 1
        made, code = single.chunk_of(programs, how)
        owed = wire.from_bytes(made.owed)
        told = 0
        for difference in self.run(made):
            yield from (None for _ in range(told, difference.index))
            told = difference.index + 1
            due = owed[made.begin(difference.index) : made.ends[difference.index]]
            yield verdict.broken(code, due, difference) if len(due) <= single.MOST_WORDS else None
        yield from (None for _ in range(told, made.programs))

    def _shown(self, program: Program, hints: single.Hints, how: int, ranging: bool) -> Shown | None:
        fitted = self._fitted(program, hints, ranging)
        broken = None if fitted is None else next(self.verdicts([fitted], how))
        return None if broken is None else Shown(program, broken, how, ranging, hints)

    def _fitted(self, program: Program, hints: single.Hints, ranging: bool) -> single.Fitted | None:
        try:
            return single.fit(program, self.release, hints, ranging=ranging)
        except single.NotData:
            return None


def is_like(broken: verdict.Broken, judged: Judged) -> bool:
    """Whether a Go program differs as the data did: it breaks the same rule, or dies of the same."""
    rule, died = signature.parts(judged)
    if broken.led_nowhere and rule == rules.PROCESS_END.name and died in verdict.NOWHERE:
        return True
    if broken.lost_goroutine and rule == broken.rule.name and died == signature.GONE:
        return True
    match judged.outcome:
        case Diverges(divergence=found) if rule == broken.rule.name:
            return signature.alike(found.got).endswith(broken.how) if broken.how else not died
        case Crashed():
            return (rule, died) == (broken.rule.name, broken.how)
    return False


def caught(program: Program, hints: single.Hints = ()) -> tuple[Program, single.Hints]:
    """The program, and the shapes it had, with what the driver has below each of its goroutines: a function that
    recovers, and below main's one which has something to do when all is over."""
    table = [*program.functions, Function(), Function((Recover(),))]
    last, recovers = len(table) - 2, len(table) - 1
    roots = {a.function for f in program.functions for a in f.body if isinstance(a, Go)}
    guards = {}
    for root in sorted({0, *roots}):
        guards[root] = len(table)
        table.append(Function((Defer(recovers), Call(root))))

    def guarded(action: Action) -> Action:
        return Go(guards[action.function]) if isinstance(action, Go) else action

    table = [replace(f, body=tuple([guarded(a) for a in f.body])) for f in table]
    whole, origins = gather(table, Function((Defer(last), Call(guards[0]))))
    return whole, [hints[origin] if 0 <= origin < len(hints) else None for origin in origins]


def _words(program: Program) -> int:
    """How many words a program owes."""
    owed: list[int] = []
    spec.run(compile_program(program), owed.extend)
    return len(owed) + 1


def dies(program: Program) -> bool:
    """Whether the program owes a panic that nothing recovers, which the driver hides and Go does not."""
    return spec.run(compile_program(program), lambda _: None).kind is EndKind.PANICKED
