"""Programs of the algebra as cases: Go source with the header that a hand-written case has, and what is owed."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from textwrap import wrap

from harness.golang.idiom import idiomatic
from harness.golang.lower import lower
from harness.golang.shapes import RANGE_OVER_FUNC
from harness.model import Case, Expectation, KnownFault
from harness.programs import load
from oracle.events import EndKind
from oracle.predict import Prediction, predict
from oracle.program import Program
from oracle.rules import Rule

SOURCES = ("https://go.dev/ref/spec#Defer_statements", "https://go.dev/ref/spec#Handling_panics")
TAGS = ("generated",)


def case_of(program: Program, name: str, path: Path, *, title: str = "", prefix: str = "") -> Case:
    """The program, which must be valid, as a case. `path` is what messages call it. `prefix`: see `Case.prefix`; with
    one the source is not meant for people, and has no header."""
    predicted = predict(program)
    title = title or f"Generated program {name}"
    owes = _owes(predicted)
    source, lowered = lower(program, prefix, "" if prefix else _header(title, owes, predicted))
    return Case(
        name=name,
        path=path,
        source=source,
        title=title,
        tags=TAGS,
        owes=owes,
        sources=SOURCES,
        expect=Expectation(predicted.stdout, predicted.status),
        lowered=lowered,
        prefix=prefix,
    )


def stand_alone(
    program: Program,
    name: str,
    path: Path,
    *,
    title: str,
    rule: Rule | None = None,
    known: KnownFault | None = None,
    ranging: bool = False,
) -> Case:
    """The program as a person would send it, as any Go program is judged: one short file with the header that a
    hand-written case has. `rule`: the one that it is about; `known`: the release that breaks it; `ranging`: see
    `harness.golang.idiom`."""
    predicted = predict(program)
    owes = _owes(predicted) if rule is None else f"{rule.statement} So: {_owes(predicted)}."
    sources = SOURCES if rule is None else tuple(dict.fromkeys((*_addresses(rule), *SOURCES)))
    tags = ("reduced", *(("rangefunc",) if ranging else ()))
    on = f"gc >={'.'.join(map(str, RANGE_OVER_FUNC))}" if ranging else ""
    header = _header(title, owes, predicted, tags, sources, on, known)
    return Case(
        name=name,
        path=path,
        source=idiomatic(program, header, ranging=ranging),
        title=title,
        tags=tags,
        owes=owes,
        sources=sources,
        on=on,
        expect=Expectation(predicted.stdout, predicted.status),
        xfail=() if known is None else (known,),
    )


def _addresses(rule: Rule) -> tuple[str, ...]:
    return (rule.source,) if rule.source.startswith("https://") else ()


def load_program(path: Path) -> Case:
    """The program in a YAML file as a case. Raises `BadProgram`."""
    return case_of(load(path), path.stem, path, title=path.name)


def _owes(predicted: Prediction) -> str:
    """How a run must end, in words."""
    match predicted.ending.kind:
        case EndKind.RETURNED:
            return "main returns, after what is printed below"
        case EndKind.MAIN_GOEXIT:
            return "main calls Goexit, after what is printed below, and no goroutine is left"
        case _:
            return f"what is printed below, then the process dies with {'; '.join(predicted.report)}"


def _header(
    title: str,
    owes: str,
    predicted: Prediction,
    tags: Sequence[str] = TAGS,
    sources: Sequence[str] = SOURCES,
    on: str = "",
    known: KnownFault | None = None,
) -> str:
    printed = "".join(f"  {line}\n" for line in predicted.stdout.splitlines())
    return (
        f"/*\ntitle: {_text(title)}\ntags: [{', '.join(tags)}]\n"
        + (f'on: "{on}"\n' if on else "")
        + f"owes: >\n{_folded(owes, 2)}source:\n"
        + "".join(f"  - {source}\n" for source in sources)
        + (f"stdout: |\n{printed}" if printed else "")
        + (f"exit: {predicted.status}\n" if predicted.status else "")
        + ("" if known is None else _xfail(known))
        + "*/\n"
    )


def _xfail(known: KnownFault) -> str:
    issue = known.issue if _ADDRESS.fullmatch(known.issue) else json.dumps(known.issue)
    return f'xfail:\n  - on: "{known.on}"\n    reason: >\n{_folded(known.reason, 6)}    issue: {issue}\n'


def _folded(text: str, indent: int) -> str:
    """The text as the lines of a folded block of YAML."""
    space = " " * indent
    lines = wrap(
        " ".join(text.split()),
        100,
        initial_indent=space,
        subsequent_indent=space,
        break_on_hyphens=False,
        break_long_words=False,
    )
    return "".join(f"{line}\n" for line in lines)


def _text(title: str) -> str:
    """The title as YAML has it: in quotes where it would not be text without."""
    return title if _PLAIN.fullmatch(title) else json.dumps(title, ensure_ascii=False)


_PLAIN = re.compile(r"[A-Za-z][\w ,.()/-]*")
_ADDRESS = re.compile(r"unreported|https://[\w./-]+")
