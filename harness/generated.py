"""Programs of the algebra as cases: Go source with the header that a hand-written case has, and what is owed."""

from __future__ import annotations

from pathlib import Path

from harness.golang.lower import lower
from harness.model import Case, Expectation
from harness.programs import load
from oracle.events import EndKind
from oracle.predict import Prediction, predict
from oracle.program import Program

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


def _header(title: str, owes: str, predicted: Prediction) -> str:
    printed = "".join(f"  {line}\n" for line in predicted.stdout.splitlines())
    return (
        f"/*\ntitle: {title}\ntags: [{', '.join(TAGS)}]\nowes: >\n  {owes}\nsource:\n"
        + "".join(f"  - {source}\n" for source in SOURCES)
        + (f"stdout: |\n{printed}" if printed else "")
        + (f"exit: {predicted.status}\n" if predicted.status else "")
        + "*/\n"
    )
