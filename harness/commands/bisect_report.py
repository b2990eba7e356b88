"""What a bisection tells: on the terminal, ready to be pasted; as JSON; as a picture."""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from harness.behaviour import Behaviour, Sort
from harness.bisect import Conclusion, Found, Refused, Several, Trouble, Unsure
from harness.delta import Smallest
from harness.errors import BadHistory, BadOutput
from harness.history import Answer
from harness.model import Case
from harness.policy import Status
from harness.report import picture, reproduce, terminal
from harness.report.text import visible
from harness.searching import Outcome, Watched, usual
from harness.toolchain.overlay import HunkAt

UNTESTABLE = 125
"""The exit status for ends that cannot be tested, as `git bisect run` has it."""

_WORD = 7
"""Columns of the words before what is said."""
_SHOWN = 40
"""Points before and behind a change that are drawn."""
_MARKS = {Sort.CONFORMS: ("✓", "green"), Sort.FAILS: ("✗", "bold red"), Sort.UNKNOWN: ("?", "yellow")}
_LETTERS = {Answer.NO: ("a", "cyan"), Answer.YES: ("b", "magenta")}
"""Marks where both ends conform, or both fail."""


@dataclass(frozen=True, slots=True)
class Question:
    """What was searched for. `unit`: what the points are ("release"); `command`: what shows it again; `titles`: of
    the points, if they have some; `gaps`: points that do not come next after the one before them, since what lies
    between cannot be had."""

    case: Case
    unit: str
    command: str
    weaknesses: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    gaps: frozenset[int] = frozenset()

    def title(self, point: int) -> str:
        """The title of a point, to stand behind its name."""
        return f" {visible(self.titles[point])}" if self.titles else ""


def again() -> str:
    """The command that shows it again: as it was given, without what only says how to tell it."""
    if elsewhere := os.environ.get(reproduce.VARIABLE):
        return elsewhere
    return shlex.join(("deferdiff", *(word for word in sys.argv[1:] if word not in ("--json", "--fresh"))))


def tell(
    question: Question,
    outcome: Outcome,
    points: Sequence[str],
    watched: Watched,
    file: Path | None,
    *,
    as_json: bool,
) -> int:
    """Tell what a search over a history found; the exit status. Raises `BadHistory` if there is nothing to search."""
    status = _status(outcome.conclusion, outcome.history.names, [outcome.first, outcome.last])
    shown = Group(*_history(question, outcome, points, watched))
    plain = {
        **_head(question, watched),
        "found": _conclusion(outcome),
        "first": _behaviour(outcome.first),
        "last": _behaviour(outcome.last),
        "points": [
            {"name": name, "answers": [each.value for each in said], "shows": _shows(point, watched)}
            for name, point, said in zip(outcome.history.names, points, outcome.answers, strict=True)
        ],
        "changes": [
            {"from": names[one.since], "at": names[one.point], "like": "last" if one.shows else "first"}
            for names in [outcome.history.names]
            for one in outcome.changes
        ],
        "scanned": outcome.scanned,
    }
    _out(question, shown, plain, file, as_json=as_json)
    return status


def tell_hunks(
    question: Question,
    found: Smallest | Refused,
    ends: tuple[Behaviour, Behaviour],
    hunks: Sequence[HunkAt],
    watched: Watched,
    file: Path | None,
    *,
    as_json: bool,
) -> int:
    """Tell which hunks of a patch make the difference; the exit status. Raises `BadHistory` as `tell` does."""
    status = _status(found, ("without the patch", "with the patch"), ends)
    assert isinstance(found, Smallest)
    chosen = sorted(found.parts)
    plain = {
        **_head(question, watched),
        "hunks": [hunks[part].number for part in chosen],
        "cause": [hunks[part].number for part in sorted(found.needed)],
        "first": _behaviour(ends[0]),
        "last": _behaviour(ends[1]),
        "of": len(hunks),
    }
    _out(question, Group(*_hunks(question, found, ends, hunks, watched)), plain, file, as_json=as_json)
    return status


def _status(found: Conclusion | Smallest, names: Sequence[str], ends: Sequence[Behaviour]) -> int:
    if not isinstance(found, Refused):
        return int(Status.DIFFERENCE)
    first, last = f"{names[0]}: {ends[0].said}", f"{names[-1]}: {ends[-1].said}"
    match found.why:
        case Trouble.UNTESTABLE:
            shown = zip((first, last), (ends[0], ends[-1]), strict=True)
            unknown = "; ".join(said for said, end in shown if end.sort is Sort.UNKNOWN)
            typer.echo(f"deferdiff: cannot be tested: {visible(unknown or f'{first}; {last}')}", err=True)
            raise typer.Exit(UNTESTABLE)
        case Trouble.SWAPPED:
            raise BadHistory(
                f"{visible(first)}; {visible(last)}: it goes instead of coming, or comes instead of going; give"
                " --find-fix, or leave it out"
            )
        case Trouble.NOTHING:
            raise BadHistory(f"{names[-1]} does not come behind {names[0]}: nothing lies between them")
    raise BadHistory(f"both ends are alike, so there is nothing to find: {visible(first)}; {visible(last)}")


# --- In words -----------------------------------------------------------------------------------------------------


def _history(
    question: Question, outcome: Outcome, points: Sequence[str], watched: Watched
) -> Iterator[RenderableType]:
    names = outcome.history.names
    yield _lines(
        ("program", str(question.case.path)),
        ("between", f"{names[0]}: {visible(outcome.first.said)}"),
        ("and", f"{names[outcome.history.after]}: {visible(outcome.last.said)}"),
    )
    yield Text()
    yield from _found(question, outcome)
    yield Text()
    yield from _strip(outcome)
    yield Text()
    tested = Table.grid(padding=(0, 1))
    for name, point, said in zip(names, points, outcome.answers, strict=True):
        if said:
            votes = f" ({said.count(Answer.YES)} of {len(said)} times)" if len(set(said)) > 1 else ""
            shows = Text(f"{_shows(point, watched)}{votes}", "dim")
            tested.add_row(" ", Text(*_mark(outcome, usual(said))), Text(name), shows)
    yield tested
    yield Text()
    yield _foot(question, watched)


def _found(question: Question, outcome: Outcome) -> Iterator[Text]:
    names, unit = outcome.history.names, question.unit
    made = "mended it" if outcome.last.sort is Sort.CONFORMS and outcome.first.sort is Sort.FAILS else "made it"
    match outcome.conclusion:
        case Found(points=(point,), confidence=confidence):
            title = question.title(point)
            yield Text.assemble((f"{unit} {names[point]}{title} {made}", "bold"), f"  {_sure(confidence)}")
            if point in question.gaps:
                yield Text(f"  or a {unit} after {names[point - 1]} and before it: there are none of those here")
        case Found(points=several, confidence=confidence):
            whole = ", ".join(names[point] for point in several[:12]) + (" ..." if len(several) > 12 else "")
            yield Text.assemble((f"one of {len(several)} {unit}s {made}", "bold"), f"  {_sure(confidence)}")
            yield Text(f"  {whole}: those between cannot be tested")
        case Unsure(points=several, confidence=confidence):
            likely = ", ".join(names[point] for point in several[:12])
            yield Text(f"not decided after {sum(map(len, outcome.answers))} tests: likeliest {likely}", "bold yellow")
            yield Text(f"  {_sure(confidence)}: the program is too unsteady")
        case Several():
            yield Text(f"no single {unit} made it: it came or went more than once", "bold yellow")
        case _:
            pass
    if outcome.scanned:
        yield Text(f"all {len(names)} {unit}s were tested; every change:")
        for one in outcome.changes:
            like = outcome.last if one.shows else outcome.first
            yield Text.assemble("  ", (names[one.point], "bold"), f" after {names[one.since]}: {visible(like.said)}")


def _mark(outcome: Outcome, answer: Answer) -> tuple[str, str]:
    """A point's mark and its style."""
    if answer is Answer.UNTESTABLE:
        return _MARKS[Sort.UNKNOWN]
    if outcome.first.sort is outcome.last.sort:
        return _LETTERS[answer]
    return _MARKS[(outcome.last if answer is Answer.YES else outcome.first).sort]


def _sure(confidence: float) -> str:
    """Never more certain than it can be."""
    return f"({min(confidence, 0.9999):.2%} sure)"


def _strip(outcome: Outcome) -> Iterator[Text]:
    """The history as a line of marks, the changes in the middle of it if it is long."""
    names, total = outcome.history.names, len(outcome.history.names)
    at = outcome.conclusion.points[0] if isinstance(outcome.conclusion, Found | Unsure) else 0
    begin = max(0, min(at - _SHOWN, total - 2 * _SHOWN))
    end = min(total, begin + 2 * _SHOWN)
    shown = Text("  ")
    if begin:
        shown.append(f"{begin} more ", "dim")
    for said in outcome.answers[begin:end]:
        shown.append(*(_mark(outcome, usual(said)) if said else ("-", "dim")))
    if end < total:
        shown.append(f" {total - end} more", "dim")
    yield shown
    yield Text(f"  {names[begin]} to {names[end - 1]}; - not tested, ? cannot be tested", "dim")


def _hunks(
    question: Question,
    found: Smallest,
    ends: tuple[Behaviour, Behaviour],
    hunks: Sequence[HunkAt],
    watched: Watched,
) -> Iterator[RenderableType]:
    yield _lines(
        ("program", str(question.case.path)),
        ("without", visible(ends[0].said)),
        ("with", visible(ends[1].said)),
    )
    yield Text()
    cause = found.needed or found.parts
    plural = "s" * (len(cause) > 1)
    numbers = ", ".join(str(hunks[part].number) for part in sorted(cause))
    yield Text(f"hunk{plural} {numbers} of {len(hunks)} made it", "bold")
    for part in sorted(cause):
        yield from _hunk(hunks[part])
    if rest := found.parts - cause:
        numbers = ", ".join(str(hunks[part].number) for part in sorted(rest))
        yield Text(f"hunk{'s' * (len(rest) > 1)} {numbers}: without which the rest cannot be tested", "dim")
    yield Text()
    yield _foot(question, watched)


def _hunk(hunk: HunkAt) -> Iterator[Text]:
    yield Text(f"  {hunk.number}  {hunk.path}:{hunk.line}", "cyan")
    for line in hunk.changed[:30]:
        yield Text(f"      {visible(line)}", "green" if line.startswith("+") else "red")
    if len(hunk.changed) > 30:
        yield Text(f"      and {len(hunk.changed) - 30} lines more", "dim")


def _foot(question: Question, watched: Watched) -> Table:
    took = f" in {watched.seconds:.0f} s" if watched.tests else ", for all of it was known"
    tests = f"{len(watched.tested)} {_plural(question.unit)}, {watched.tests} times{took}"
    return _lines(("tested", tests), ("log", str(watched.log.file)))


def _plural(unit: str) -> str:
    """ "sets of hunks"."""
    first, *rest = unit.split(" ")
    return " ".join((f"{first}s", *rest))


def _lines(*lines: tuple[str, str]) -> Table:
    """What is said under a word each; what is too long for a line goes on below itself."""
    grid = Table.grid(padding=(0, 1))
    grid.add_column(style="dim", width=_WORD)
    for word, said in lines:
        grid.add_row(word, Text(said))
    return grid


def _shows(point: str, watched: Watched) -> str:
    known = watched.known.get(point, ())
    return visible("; ".join(dict.fromkeys(one.said for one in known)))


def _out(question: Question, shown: Group, plain: dict[str, Any], file: Path | None, *, as_json: bool) -> None:
    if file is not None:
        try:
            whole = Group(shown, _lines(("again", question.command)))
            file.write_text(picture.of(whole), encoding="utf-8")
        except OSError as trouble:
            raise BadOutput(f"{file}: cannot be written: {trouble.strerror}") from None
    if as_json:
        typer.echo(json.dumps(plain, indent=2))
        return
    console = terminal.console()
    for weakness in question.weaknesses:
        console.print(Text(f"warning: {weakness}", "yellow"))
    console.print(shown)
    # In one line, whatever the width: it is there to be copied.
    console.print(Text.assemble((f"{'again':<{_WORD}} ", "dim"), question.command), soft_wrap=True)


# --- As JSON ------------------------------------------------------------------------------------------------------


def _head(question: Question, watched: Watched) -> dict[str, Any]:
    return {
        "program": str(question.case.path),
        "unit": question.unit,
        "status": int(Status.DIFFERENCE),
        "tested": len(watched.tested),
        "tests": watched.tests,
        "seconds": round(watched.seconds, 3),
        "log": str(watched.log.file),
        "again": question.command,
    }


def _conclusion(outcome: Outcome) -> dict[str, Any]:
    names = outcome.history.names
    match outcome.conclusion:
        case Found(points=points, confidence=confidence):
            return {"kind": "found", "points": [names[point] for point in points], "confidence": confidence}
        case Unsure(points=points, confidence=confidence):
            return {"kind": "unsure", "points": [names[point] for point in points], "confidence": confidence}
        case other:
            return {"kind": "several" if isinstance(other, Several) else "refused", "points": []}


def _behaviour(one: Behaviour) -> dict[str, str]:
    return {"sort": one.sort.value, "kind": one.kind, "said": one.said}
