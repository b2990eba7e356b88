"""A run step by step as text: each moment with its rule, and the state before (` ` and `-`) and behind it (` `, `+`).

Two runs side by side show only what happened: what both do once, what they do differently as `-` (first) and `+`.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from harness.report.explain_json import action_text, rows
from oracle.code import CALLED, Code
from oracle.explain import Explanation, Moment
from oracle.narrate import at, called, count, in_binary
from oracle.program import function_name
from oracle.rules import Rule
from oracle.snapshot import ENTERED, DeferState, FrameState, GoroutineState, PanicState, Pending, State

WIDTH = 116


def render(title: str, runs: Sequence[Explanation]) -> str:
    """One run, or two of the same program."""
    lines = [f"{title} on {' and '.join(_name(run) for run in runs)}", "", *_program(runs[0].code), ""]
    lines += _moments(runs[0]) if len(runs) == 1 else _both(runs)
    used = {m.rule.name: m.rule for run in runs for m in run.moments}
    lines += ["Rules", *(line for rule in used.values() for line in _rule(rule)), ""]
    lines += [conclusion(run) for run in runs]
    return "".join(f"{line.rstrip()}\n" for line in lines)


def conclusion(run: Explanation) -> str:
    """Whether the language's rules give the same events, in a sentence or two."""
    parting = run.parting
    if parting is None:
        return f"{run.profile.name}: the language's rules give the same events and the same end."
    return (
        f"{run.profile.name}: NOT what the language's rules give, from moment {parting.moment + 1} on: owed was:"
        f" {parting.owed}, by {parting.rule.name} ({parting.rule.source})."
    )


def _name(run: Explanation) -> str:
    moved = ", the stack copied between any two steps" if run.moves else ""
    return f"{run.profile.name} ({count(len(run.moments), 'moment')}{moved})"


def _program(code: Code) -> Iterator[str]:
    for number, function in enumerate(code.program.functions):
        yield f"{function_name(number)} ({function.frame.value}{', large' if function.large else ''})"
        for action in range(len(function.body)):
            yield f"  {action + 1:2}  {action_text(code, number, action)}"


def _rule(rule: Rule) -> list[str]:
    said = f"{rule.name}: {rule.statement}"
    return [*textwrap.wrap(said, WIDTH, initial_indent="  ", subsequent_indent="    "), f"    {rule.source}"]


# --- One run -----------------------------------------------------------------------------------------------------


def _moments(run: Explanation) -> Iterator[str]:
    before: list[str] = []
    for number, moment in enumerate(run.moments, 1):
        yield from _told(f"{number:4}  ", moment)
        after = state_lines(run.code, moment.after)
        shown = ["  (the state is as before)"] if after == before else changes(before, after)
        yield from (f"      {line}" for line in shown)
        yield ""
        before = after


def _told(head: str, moment: Moment) -> list[str]:
    level = "runtime  " if moment.runtime else "         "
    indent = " " * (len(head) + len(level))
    said = textwrap.wrap(moment.text, WIDTH, initial_indent=head + level, subsequent_indent=indent)
    return [*said, f"{indent}by {moment.rule.name}, {moment.rule.source}"]


def changes(before: Sequence[str], after: Sequence[str]) -> list[str]:
    """Lines of both states: ` ` in both, `-` before only, `+` behind only."""
    shown: list[str] = []
    for kind, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            shown += [f"  {line}" for line in before[a:b]]
        else:
            shown += [f"- {line}" for line in before[a:b]]
            shown += [f"+ {line}" for line in after[c:d]]
    return shown


# --- The state ---------------------------------------------------------------------------------------------------


def state_lines(code: Code, state: State) -> list[str]:
    """A state, one line for each frame, _panic and _defer."""
    return [line for g in state.goroutines for line in _goroutine(code, g)]


def _goroutine(code: Code, g: GoroutineState) -> Iterator[str]:
    copies = f", copied {count(g.copies, 'time')}" if g.copies else ""
    yield f"goroutine {g.number}: stack of {g.stack_bytes} bytes{copies}"
    for frame in g.frames:
        yield f"  {frame.name:<12}{at(frame.sp):<10}{_in_frame(code, frame)}"
    chain = " -> ".join(str(number) for number in g.chain)
    yield f"  g._panic    {chain or 'nil'}"
    for record in g.records:
        yield f"    _panic {record.number}  {_panic(record, linked=record.number in g.chain)}"
    yield f"  g._defer    {'' if g.defers else 'nil'}"
    for d in g.defers:
        yield f"    _defer  {_defer(d)}"
    saved = g.param
    yield "  g.param     " + (
        "nil"
        if saved is None
        else f"retpc {saved.retpc}, deferBits at sp{saved.defer_bits_offset:+}, slots at sp{saved.slots_offset:+}"
    )


def _in_frame(code: Code, frame: FrameState) -> str:
    if frame.function is None:
        return "" if frame.record is None else f"holds _panic {frame.record}"
    said = [] if frame.how in {None, CALLED} else [ENTERED[frame.how or 0]]
    said.append(_where(code, frame.function, frame.action))
    if frame.bits is not None:
        said.append(f"deferBits {in_binary(code, frame.function, frame.bits)}")
    if frame.pending:
        said.append("pending " + ", ".join(_pending(p) for p in frame.pending))
    if frame.result:
        said.append(f"result {frame.result}")
    return "; ".join(said)


def _where(code: Code, function: int, action: int) -> str:
    if action < 0:
        return "entered"
    if action == len(code.program.functions[function].body):
        return "at its end"
    return f"in action {action + 1}"


def _pending(pending: Pending) -> str:
    bit = "" if pending.bit is None else f"bit {pending.bit}: "
    return f"{bit}{called(pending.function)} (action {pending.action + 1})"


def _panic(record: PanicState, *, linked: bool) -> str:
    said = [f"panic {record.value}" if record.kind == "panic" else record.kind]
    if record.recovered:
        said.append("recovered")
    if record.kind != "deferreturn":
        said.append("linked" if linked else "no longer linked")
    said += [f"argp {at(record.argp)}", f"sp {at(record.sp)}", f"retpc {record.retpc or 0}"]
    said += [f"deferBitsPtr {at(record.defer_bits_ptr)}", f"slotsPtr {at(record.slots_ptr)}"]
    return ", ".join(said)


def _defer(d: DeferState) -> str:
    held = "in the heap" if d.heap else "in its frame"
    return f"{_pending(d.pending)} of {d.owner}, {held}, sp {at(d.sp)}, pc {d.pc}"


# --- Two runs ----------------------------------------------------------------------------------------------------


def _both(runs: Sequence[Explanation]) -> Iterator[str]:
    """What both runs do alike once; what they do in other words or by another rule, one below the other."""
    left, right = runs
    yield f"- {left.profile.name} only    + {right.profile.name} only"
    yield ""
    for a, b in rows(runs):
        here = None if a is None else left.moments[a - 1]
        there = None if b is None else right.moments[b - 1]
        if here is not None and there is not None and (here.text, here.rule) == (there.text, there.rule):
            yield from _told(f"  {a:4} {b:4}  ", here)
        else:
            if here is not None:
                yield from _told(f"- {a:4}       ", here)
            if there is not None:
                yield from _told(f"+      {b:4}  ", there)
    yield ""
