"""A program that differs, as one short Go file that anyone can run: whether it differs there in the same way, and so
that one sees it.

What a program does is seen by its events; a person sees what is printed and how the process ends. So where the file
shows nothing by itself, one thing is added to the program: it prints a number, shows what recover gives or what a
call results in, or uses more stack (a fault may depend on when the stack is copied).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness.crash import find_report
from harness.generated import stand_alone
from harness.model import BuildFailed, Case, Exited, Judged, KnownFault, Toolchain
from harness.pipeline import Side, World, observe, verdict
from harness.report import words
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
        return words.fails(self.judged.outcome) and not isinstance(self.judged.outcome, BuildFailed)


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
    [bare] = _judged(world, toolchain, [program], writing, is_same, stop)
    if stop.is_set() or (bare.same and _visibility(bare.judged) == _PLAIN):
        return bare
    more = list(_with_more(program))[:ADDED]
    # The first of the best: what is added less stands before what is added more.
    found = [bare, *_judged(world, toolchain, more, writing, is_same, stop)]
    best = max(found, key=lambda one: _visibility(one.judged) if one.same else -1)
    return best if best.same else bare


def _judged(
    world: World,
    toolchain: Toolchain,
    programs: Sequence[Program],
    writing: Writing,
    is_same: Callable[[Judged], bool],
    stop: threading.Event,
) -> list[Alone]:
    cases = [
        replace(writing.of(program), name=f"alone/a{number}", path=Path(f"a{number}.go"), alone=True)
        for number, program in enumerate(programs)
    ]
    side = Side(toolchain)
    observe(world, cases, [side], stop)
    found = []
    for program, case in zip(programs, cases, strict=True):
        judged = verdict(case, side)
        same = is_same(judged)
        found.append(Alone(program, writing.of(program), judged, same, same and _visibility(judged) > 0))
    return found


_PLAIN = 2


def _visibility(judged: Judged) -> int:
    """2 where another text is printed, or the runtime fails or comes to no end; 1 where only the exit status is
    another; 0 where the plain run shows nothing."""
    expect, plain = judged.case.expect, judged.plain
    if expect is None or plain is None:
        return 0
    report = find_report(plain.stderr.decode(errors="replace"))
    fails = report is not None and report.is_runtime_failure
    if plain.stdout != expect.stdout.encode() or fails or not isinstance(plain.ending, Exited):
        return _PLAIN
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
