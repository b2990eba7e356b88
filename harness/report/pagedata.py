"""What the page of a gate's result (`harness.report.page`) shows, as plain data; and of one case alone.

A page may have `LIMIT` bytes. All comparisons are in its table; details go to those that are most notable, as long as
there is room, and the page says of how many it has none. Texts that come often are numbers into `strings`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from harness.model import Comparison, Judged
from harness.policy import Decision, applies
from harness.report import evidence, explain_json, words
from harness.report.lanes import Row, Step, Window, align
from harness.report.owedlane import owed
from harness.report.reproduce import case_path, deferdiff_run
from harness.report.result import Decided, GateResult, label, word
from harness.report.text import excerpt, one_line, shortened, source_lines
from harness.report.words import Narrator
from oracle.explain import TooLong, explain
from oracle.profile import POST_CL, PRE_CL

LIMIT = 4_800_000
"""Bytes of a page, with its style and script."""
_SKELETON = 200_000
"""Bytes that are set aside for what is not data."""
DETAILS = 300
"""Cases with details at most: nobody reads more, and each takes time to make."""
_MODEL_LIMIT = 1_500_000
"""Bytes of runs on the model, of all details together."""
_WINDOW = Window(120, 120, 300)
_MISSES = 10
"""Details too large for the room that is left, after which no smaller ones are looked for."""
_NAME, _CELL, _TEXT, _OUTPUT, _SOURCE = 160, 200, 2_000, 4_000, 2_000
"""Columns of a name and of a cell of the table; characters of a text and of a stream; lines of a source file."""

Json = dict[str, Any]


@dataclass(slots=True)
class _Strings:
    """Texts by their numbers. 0 is the empty one."""

    texts: list[str] = field(default_factory=lambda: [""])
    numbers: dict[str, int] = field(default_factory=lambda: {"": 0})

    def number(self, text: str) -> int:
        if text not in self.numbers:
            self.numbers[text] = len(self.texts)
            self.texts.append(text)
        return self.numbers[text]


def document(result: GateResult) -> Json:
    """The whole data."""
    strings = _Strings()
    notable = result.notable()
    plain = sorted(
        (d for d in result.decided if d.decision is Decision.PASS),
        key=lambda d: (not applies(d.comparison), d.comparison.case.name),
    )
    ordered = [*notable, *plain]
    rows = [_row(decided, strings) for decided in ordered]
    room = LIMIT - _SKELETON - _size(rows) - _size(strings.texts)
    details = _details(result, ordered, room)
    return {
        "verdict": {"word": word(result.status), "text": result.headline()},
        "sides": [
            {
                "role": role,
                "label": one_line(label(role, side)),
                "text": one_line(side.toolchain.text),
                "release": one_line(f"{side.engine} {side.release}"),
            }
            for role, side in (("pre", result.pre), ("post", result.post))
        ],
        "tally": result.tally(),
        "weaknesses": [one_line(weakness) for weakness in result.weaknesses],
        "about": _about(result),
        "strings": strings.texts,
        "rows": rows,
        "details": details,
    }


def _about(result: GateResult) -> list[str]:
    cached = f"{result.cached} runs from the store" if result.cached else ""
    return [
        result.started.strftime("%Y-%m-%d %H:%M %Z").strip(),
        f"{result.seconds:.1f} s",
        one_line(f"{result.sandbox} sandbox"),
        *([cached] if cached else []),
        one_line(f"deferdiff {result.version}"),
    ]


def _row(decided: Decided, strings: _Strings) -> list[str | int]:
    """Name; then numbers: word, decision, what went wrong, outcome of pre and of post, first divergence, title."""
    comparison = decided.comparison
    aside = decided.decision is Decision.PASS and not applies(comparison)
    notable = decided.decision is not Decision.PASS
    texts = (
        "not applicable" if aside else decided.word,
        decided.decision.value,
        _cause(comparison),
        evidence.outcome(comparison.pre),
        evidence.outcome(comparison.post),
        shortened(evidence.summary(comparison), _CELL) if notable else "",
        shortened(one_line(comparison.case.title), _CELL) if notable else "",
    )
    return [shortened(one_line(comparison.case.name), _NAME), *map(strings.number, texts)]


def _cause(comparison: Comparison) -> str:
    """The rule that is broken first, or else how a side failed; "" where nothing did."""
    failed = (fault.side for fault in evidence.faults(comparison) if words.fails(fault.side.outcome))
    return evidence.rule(comparison) or next((words.kind(side.outcome) for side in failed), "")


# --- Details -------------------------------------------------------------------------------------------------


def _details(result: GateResult, ordered: list[Decided], room: int) -> dict[str, Json]:
    """Details by the row's number (in decimal), as many as have room."""
    found: dict[str, Json] = {}
    model_room = min(_MODEL_LIMIT, room // 3)
    room -= model_room
    misses = 0
    for number, decided in enumerate(ordered[:DETAILS]):
        made = detail(result, decided)
        size = _size(made)
        if size > room:
            if (misses := misses + 1) == _MISSES:
                break
            continue
        room -= size
        run = model(decided.comparison)
        if run is not None and (size := _size(run)) <= model_room:
            model_room -= size
            made["model"] = run
        found[str(number)] = made
    return found


def detail(result: GateResult, decided: Decided) -> Json:
    """All that is shown of one comparison, but its run on the model. `result`: what it is of, with whichever
    comparisons."""
    comparison = decided.comparison
    case = comparison.case
    return {
        "path": one_line(case_path(result, comparison).as_posix()),
        "owes": excerpt(" ".join(case.owes.split()), _TEXT),
        "sources": [one_line(source) for source in case.sources],
        "tags": [one_line(tag) for tag in case.tags],
        "faults": [_fault(fault) for fault in evidence.faults(comparison, merged=True)],
        "reason": shortened(evidence.reason(comparison), _TEXT),
        "lanes": _lanes(comparison),
        "source": source_lines(case.source)[:_SOURCE],
        "line": evidence.line(comparison),
        "output": _outputs(comparison),
        "reproduce": deferdiff_run(result, comparison),
    }


def _fault(fault: evidence.Fault) -> Json:
    found: Json = {
        "role": fault.role,
        "text": shortened(fault.text, _TEXT),
        "build": excerpt(evidence.build_text(fault.side), _OUTPUT),
    }
    if fault.side.known is not None:
        found["known"] = [one_line(fault.side.known.reason), one_line(fault.side.known.issue)]
    if fault.divergence is not None:
        found |= {
            "rule": one_line(fault.divergence.rule.name),
            "statement": one_line(fault.divergence.rule.statement),
            "source": one_line(fault.divergence.rule.source),
            "place": evidence.place(fault.divergence),
            "got": shortened(evidence.got(fault.side), _TEXT),
            "owed": shortened(one_line(fault.divergence.owed), _TEXT),
        }
    return found


def _outputs(comparison: Comparison) -> list[Json]:
    """What both sides printed, where it is not the same."""
    found = []
    for stream in evidence.differing_output(comparison):
        shown: Json = {"stream": stream}
        for role, side in (("pre", comparison.pre), ("post", comparison.post)):
            shown[role] = excerpt(getattr(side.plain, stream), _OUTPUT).rstrip("\n")
        found.append(shown)
    return found


def _lanes(comparison: Comparison) -> Json | None:
    """Both traces and what is owed. A row: number, words and line of pre's event, of post's, what is owed, and 1 for
    the same event on both sides plus 2 or 4 where pre or post breaks a rule. Words are numbers into `words`."""
    lanes = align(comparison, _WINDOW)
    if lanes is None:
        return None
    strings = _Strings()
    narrators = [_narrator(comparison.pre), _narrator(comparison.post)]
    rows = [
        [
            *_step(row.pre, narrators[0], strings),
            *_step(row.post, narrators[1], strings),
            strings.number(shortened(text, _TEXT)),
            _flags(row),
        ]
        for row, text in zip(lanes.rows, owed(comparison, lanes.rows), strict=True)
    ]
    return {
        "rows": rows,
        "words": strings.texts,
        "goroutine": lanes.goroutine,
        "above": lanes.above,
        "below": lanes.below,
    }


def _narrator(side: Judged) -> Narrator | None:
    return None if side.trace is None else Narrator(side.trace)


def _step(step: Step | None, narrator: Narrator | None, strings: _Strings) -> tuple[int, int, int]:
    if step is None or narrator is None:
        return 0, 0, 0
    return step.number, strings.number(shortened(step.words, _TEXT)), narrator.line(step.number - 1)


def _flags(row: Row) -> int:
    broken = [step is not None and step.broken for step in (row.pre, row.post)]
    return row.same + 2 * broken[0] + 4 * broken[1]


def model(comparison: Comparison) -> Json | None:
    """The case's program on the model of the runtime before and after CL 515856, step by step, where it is known."""
    lowered = comparison.case.lowered
    if lowered is None:
        return None
    try:
        runs = [explain(lowered.program, profile) for profile in (PRE_CL, POST_CL)]
    except TooLong:
        return None
    return explain_json.document(one_line(comparison.case.name), runs, comparison.case)


def _size(data: object) -> int:
    """Bytes of the data as JSON in a page, where a few signs are written as escapes."""
    text = json.dumps(data, separators=(",", ":"))
    return len(text) + 5 * sum(map(text.count, "<>&"))
