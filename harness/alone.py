"""A program that differs, as one short Go file that anyone can run: whether it differs there in the same way, and so
that one sees it.

What a program does is seen by its events; a person sees what is printed and how the process ends. So where the file
shows nothing by itself, one thing is added to the program: it prints a number, shows what recover gives or what a
call results in, or uses more stack (a fault may depend on when the stack is copied).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from harness.generated import stand_alone
from harness.model import Case, Conforms, Crashed, Exited, Inconclusive, Judged, KnownFault, Toolchain
from harness.pipeline import Side, World, observe, verdict
from oracle.program import LAST, Action, Call, Emit, Grow, Program, Recover, validate
from oracle.rules import Rule

ADDED = 60
"""Programs with something added that are tried at most."""


@dataclass(frozen=True, slots=True)
class Writing:
    """How a program becomes a file; see `harness.generated.stand_alone`."""

    name: str
    path: Path
    title: str
    rule: Rule | None = None
    known: KnownFault | None = None
    ranging: bool = False

    def of(self, program: Program) -> Case:
        """The file of a program."""
        return stand_alone(
            program,
            self.name,
            self.path,
            title=self.title,
            rule=self.rule,
            known=self.known,
            ranging=self.ranging,
        )


@dataclass(frozen=True, slots=True)
class Alone:
    """What a program does by itself. `program`: with what was added; `same`: it differs, as asked for; `visible`:
    what is printed or how the process ends shows it."""

    program: Program
    case: Case
    judged: Judged
    same: bool
    visible: bool

    @property
    def differs(self) -> bool:
        """Whether it differs in any way."""
        return not isinstance(self.judged.outcome, Conforms | Inconclusive)


def show(
    world: World,
    toolchain: Toolchain,
    program: Program,
    writing: Writing,
    is_same: Callable[[Judged], bool],
    stop: threading.Event,
) -> Alone:
    """Run the program as a Go file, and with one thing more each; give the one that shows best what `is_same` asks
    for, else the program as it is."""
    candidates = [program, *_with_more(program)][: 1 + ADDED]
    cases = [
        replace(writing.of(candidate), name=f"alone/a{number}", path=Path(f"a{number}.go"), alone=True)
        for number, candidate in enumerate(candidates)
    ]
    side = Side(toolchain)
    observe(world, cases, [side], stop)
    found = []
    for candidate, case in zip(candidates, cases, strict=True):
        judged = verdict(case, side)
        same = is_same(judged)
        found.append(Alone(candidate, writing.of(candidate), judged, same, same and _visibility(judged) > 0))
    # The first of the best: what is added less stands before what is added more.
    best = max(found, key=lambda one: _visibility(one.judged) if one.same else -1)
    return best if best.same else found[0]


def _visibility(judged: Judged) -> int:
    """2 where another text is printed or the runtime fails, 1 where only the exit status is another."""
    expect, plain = judged.case.expect, judged.plain
    if expect is None or plain is None:
        return 0
    if plain.stdout != expect.stdout.encode() or isinstance(judged.outcome, Crashed):
        return 2
    return int(plain.ending != Exited(expect.exit))


def _with_more(program: Program) -> Iterator[Program]:
    """The program with one thing more: first what is printed where a function begins, the last functions first, for
    these are what is deferred; then at its end; then what recover and calls give; then stack that is used."""
    functions = program.functions
    for number in reversed(range(len(functions))):
        yield _changed(program, number, (Emit(1), *functions[number].body))
    for number, function in enumerate(functions):
        if function.body and not isinstance(function.body[-1], LAST):
            yield _changed(program, number, (*function.body, Emit(1)))
    for number, function in enumerate(functions):
        for position, action in enumerate(function.body):
            if isinstance(action, Recover | Call) and not action.show:
                shown = replace(action, show=True)
                before, after = function.body[:position], function.body[position + 1 :]
                yield _changed(program, number, (*before, shown, *after))
    for number in reversed(range(len(functions))):
        yield _changed(program, number, (Grow(), *functions[number].body))


def _changed(program: Program, number: int, body: tuple[Action, ...]) -> Program:
    functions = list(program.functions)
    functions[number] = replace(functions[number], body=body)
    return validate(Program(tuple(functions)))
