"""A run step by step as JSON, in the form that `explain.schema.json` beside this file describes.

Moments and actions are numbered from 1, as people count; addresses are distances from the top of a stack.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from importlib import resources
from typing import Any

from harness.model import Case
from harness.report.text import source_lines
from oracle.align import align
from oracle.code import Code, Ending
from oracle.explain import Explanation, Moment
from oracle.narrate import Assigned, Ended, Happened, Left
from oracle.program import function_name
from oracle.rules import Rule
from oracle.snapshot import ENTERED, FrameState, GoroutineState, PanicState, Pending
from oracle.steps import (
    Bits,
    Linked,
    RecoveryTo,
    StackCopied,
    Start,
    StateConsumed,
    StateSaved,
    Step,
    Throw,
    UnwinderStep,
)
from oracle.text import plain_action

FORMAT = 1

Json = dict[str, Any]

KINDS: dict[type[Step], str] = {
    Start: "start",
    StateConsumed: "state-consumed",
    UnwinderStep: "unwinder-step",
    Bits: "bits",
    Linked: "linked",
    StateSaved: "state-saved",
    RecoveryTo: "recovery-to",
    StackCopied: "stack-copied",
    Throw: "throw",
}
"""The words of steps of the runtime."""


def render(title: str, runs: Sequence[Explanation]) -> str:
    """The whole text."""
    return json.dumps(document(title, runs), indent=1, ensure_ascii=True) + "\n"


def schema() -> Json:
    """The JSON schema of `document`."""
    text = resources.files(__package__).joinpath("explain.schema.json").read_text(encoding="utf-8")
    loaded: Json = json.loads(text)
    return loaded


def document(title: str, runs: Sequence[Explanation], lowered: Case | None = None) -> Json:
    """One run, or two of the same program, as plain data. `lowered`: the program as a case, to be shown beside it."""
    rules = {moment.rule.name: moment.rule for run in runs for moment in run.moments}
    rules |= {run.parting.rule.name: run.parting.rule for run in runs if run.parting is not None}
    return {
        "format": FORMAT,
        "title": title,
        "program": _program(runs[0].code),
        "rules": {name: _rule(rule) for name, rule in rules.items()},
        "runs": [_run(run) for run in runs],
        "rows": rows(runs),
    } | ({} if lowered is None else {"source": _source(lowered)})


def _source(case: Case) -> Json:
    """The lines of the Go source, and in which of them (from 1) an action of a function stands: "f1 3" -> 12."""
    assert case.lowered is not None
    found: dict[str, int] = {}
    for line, (function, action) in sorted(case.lowered.places.actions.items()):
        found.setdefault(f"{function_name(function)} {action + 1}", line)
    return {"lines": source_lines(case.source), "places": found}


def rows(runs: Sequence[Explanation]) -> list[list[int | None]]:
    """Numbers of the moments of each run that stand side by side."""
    if len(runs) == 1:
        return [[number] for number in range(1, len(runs[0].moments) + 1)]
    return [[None if index is None else index + 1 for index in row] for row in align(*runs)]


def action_text(code: Code, function: int, action: int) -> str:
    """An action as the program's text has it."""
    plain = plain_action(code.program.functions[function].body[action])
    if isinstance(plain, str):
        return plain
    (word, first), *more = plain.items()
    return f"{word}: {first}" + "".join(f", {key}: {str(value).lower()}" for key, value in more)


def _program(code: Code) -> list[Json]:
    return [
        {
            "name": function_name(number),
            "frame": function.frame.value,
            "large": function.large,
            "actions": [action_text(code, number, action) for action in range(len(function.body))],
        }
        for number, function in enumerate(code.program.functions)
    ]


def _rule(rule: Rule) -> Json:
    return {"statement": rule.statement, "source": rule.source}


def _run(run: Explanation) -> Json:
    parting = run.parting
    return {
        "profile": run.profile.name,
        "moves": run.moves,
        "ending": _ending(run.code, run.ending),
        "agrees": parting is None,
        "parting": parting and {"moment": parting.moment + 1, "owed": parting.owed, "rule": parting.rule.name},
        "moments": [_moment(run.code, number, moment) for number, moment in enumerate(run.moments, 1)],
    }


def _ending(code: Code, ending: Ending) -> Json:
    chain = [{"value": code.values[value], "recovered": recovered} for value, recovered in ending.chain]
    return {"kind": ending.kind.value, "panics": chain, "text": ending.text}


def _moment(code: Code, number: int, moment: Moment) -> Json:
    return {
        "number": number,
        "level": "runtime" if moment.runtime else "program",
        **_what(moment),
        "text": moment.text,
        "rule": moment.rule.name,
        "after": [_goroutine(code, g) for g in moment.after.goroutines],
    }


def _what(moment: Moment) -> Json:
    match moment.what:
        case Happened(word=word):
            name = function_name(word.function)
            return {"kind": word.deed.value, "function": name, "action": word.action + 1, "value": word.value}
        case Assigned(value=value, outer=outer):
            return {"kind": "set-outer" if outer else "set", "value": str(value)}
        case Left():
            return {"kind": "leave"}
        case Ended():
            return {"kind": "end"}
        case step:
            return {"kind": KINDS[type(step)], "step": {k: v for k, v in asdict(step).items() if k != "pc"}}


def _goroutine(code: Code, g: GoroutineState) -> Json:
    saved = g.param
    return {
        "number": g.number,
        "stack_bytes": g.stack_bytes,
        "copies": g.copies,
        "frames": [_frame(code, frame) for frame in g.frames],
        "panic": list(g.chain),
        "panics": [_panic(record) for record in g.records],
        "defer": [
            {"owner": d.owner, "call": _pending(d.pending), "sp": d.sp, "pc": d.pc, "heap": d.heap} for d in g.defers
        ],
        "param": None if saved is None else asdict(saved),
    }


def _frame(code: Code, frame: FrameState) -> Json:
    found: Json = {"name": frame.name, "kind": frame.kind, "sp": frame.sp, "fp": frame.fp}
    if frame.function is not None:
        found |= {"action": frame.action + 1, "result": frame.result}
        found["entered"] = None if frame.how is None else ENTERED[frame.how]
        found["pending"] = [_pending(pending) for pending in frame.pending]
    if frame.bits is not None and frame.function is not None:
        found |= {"defer_bits": frame.bits, "statements": code.routines[frame.function].statements}
    if frame.record is not None:
        found["panic"] = frame.record
    return found


def _pending(pending: Pending) -> Json:
    calls = None if pending.function is None else function_name(pending.function)
    return {"action": pending.action + 1, "bit": pending.bit, "calls": calls}


def _panic(record: PanicState) -> Json:
    return asdict(record)
