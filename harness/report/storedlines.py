"""The lines of a stored run as pydantic writes and reads them: `harness.report.stored` makes a file of them.

Where two of our nouns have the same fields, as most outcomes have, a line names the class.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Literal, TypeVar, assert_never

from pydantic import ConfigDict, TypeAdapter
from pydantic_core import PydanticSerializationError

from harness.acceptance import Acceptance
from harness.model import (
    BuildFailed,
    Case,
    Comparison,
    Conforms,
    Crashed,
    DeferKind,
    Diverges,
    Inconclusive,
    Judged,
    KnownFault,
    Lowered,
    NotApplicable,
    Outcome,
    RanOutOfMemory,
    RanTooLong,
    Run,
    Trace,
    Variation,
    Verdict,
    WroteTooMuch,
)
from harness.policy import Decision
from harness.report.result import Decided, GateResult
from harness.trace import decode, encode
from oracle.check import Divergence
from oracle.events import End, Function
from oracle.predict import Places
from oracle.text import from_plain, to_plain

T = TypeVar("T")
_DETAILS = {
    kind.__name__: kind for kind in (Crashed, RanTooLong, RanOutOfMemory, WroteTooMuch, BuildFailed, Inconclusive)
}


@dataclass(frozen=True, slots=True)
class Head:
    """The first line. `version`: of the tool that wrote it."""

    kind: Literal["deferdiff run"]
    format: int
    version: str


@dataclass(frozen=True, slots=True)
class Frame:
    """The second line: the result with nothing decided, and how many comparisons follow."""

    result: GateResult
    cases: int
    left_out: int


@dataclass(frozen=True, slots=True)
class _Outcome:
    """`kind` is the outcome's class; classes that only it tells apart would be read as one another."""

    kind: str
    detail: str = ""
    divergence: Divergence | None = None


@dataclass(frozen=True, slots=True)
class _Trace:
    functions: tuple[Function, ...]
    events: str
    end: End


@dataclass(frozen=True, slots=True)
class _Side:
    toolchain: str
    outcome: _Outcome
    known: KnownFault | None
    lawful: Variation | None
    trace: _Trace | None
    plain: Run | None
    traced: Run | None


@dataclass(frozen=True, slots=True)
class _Lowered:
    """`program` as `oracle.text` has it."""

    program: dict[str, Any]
    places: Places
    defers: tuple[DeferKind, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """Any other line: one comparison. `case` has no `Case.lowered`: that is beside it."""

    # Output is bytes, and need not be text.
    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    case: Case
    lowered: _Lowered | None
    verdict: Verdict
    explained: bool
    decision: Decision
    pre: _Side
    post: _Side
    acceptance: Acceptance | None = None


HEAD = TypeAdapter(Head)
FRAME = TypeAdapter(Frame)
COMPARED = TypeAdapter(Compared)


def dump(adapter: TypeAdapter[T], value: T) -> bytes:
    """One line."""
    try:
        return adapter.dump_json(value) + b"\n"
    except PydanticSerializationError:
        return adapter.dump_json(_as_unicode(value)) + b"\n"


def _as_unicode(value: Any) -> Any:
    """The same with names that are no UTF-8 as reports show them: Python has the odd bytes of a file's name as halves
    of characters, which JSON cannot have."""
    match value:
        case str():
            return value.encode("utf-8", errors="backslashreplace").decode("utf-8")
        case Path():
            return Path(_as_unicode(str(value)))
        case tuple():
            return tuple(map(_as_unicode, value))
        case dict():
            return {_as_unicode(key): _as_unicode(item) for key, item in value.items()}
        case _ if is_dataclass(value) and not isinstance(value, type):
            return replace(value, **{field.name: _as_unicode(getattr(value, field.name)) for field in fields(value)})
        case _:
            return value


def to_line(decided: Decided, *, bare: bool) -> Compared:
    """A comparison as a line; `bare`: without traces and output."""
    comparison = decided.comparison
    lowered = comparison.case.lowered
    return Compared(
        replace(comparison.case, lowered=None),
        None if lowered is None else _Lowered(to_plain(lowered.program), lowered.places, lowered.defers),
        comparison.verdict,
        comparison.explained,
        decided.decision,
        _to_side(comparison.pre, bare=bare),
        _to_side(comparison.post, bare=bare),
        decided.acceptance,
    )


def _to_side(side: Judged, *, bare: bool) -> _Side:
    outcome = _to_outcome(side.outcome)
    if bare:
        return _Side(side.toolchain, outcome, side.known, side.lawful, None, None, None)
    trace = None
    if side.trace is not None:
        trace = _Trace(side.trace.functions, encode(side.trace.events), side.trace.end)
    traced = side.traced and replace(side.traced, trace=b"")
    return _Side(side.toolchain, outcome, side.known, side.lawful, trace, side.plain, traced)


def _to_outcome(outcome: Outcome) -> _Outcome:
    kind = type(outcome).__name__
    match outcome:
        case Conforms():
            return _Outcome(kind)
        case Diverges(divergence):
            return _Outcome(kind, divergence=divergence)
        case NotApplicable(detail):
            return _Outcome(kind, detail)
        case (
            Crashed(detail)
            | RanTooLong(detail)
            | RanOutOfMemory(detail)
            | WroteTooMuch(detail)
            | BuildFailed(detail)
            | Inconclusive(detail)
        ):
            return _Outcome(kind, detail)
        case _:
            assert_never(outcome)


def from_line(line: Compared) -> Decided:
    """The comparison. Raises `TraceDamaged` or `ValueError` for what no line can say."""
    case = line.case
    if line.lowered is not None:
        program = from_plain(line.lowered.program)
        case = replace(case, lowered=Lowered(program, line.lowered.places, line.lowered.defers))
    pre, post = _from_side(case, line.pre), _from_side(case, line.post)
    return Decided(Comparison(case, pre, post, line.verdict, line.explained), line.decision, line.acceptance)


def _from_side(case: Case, side: _Side) -> Judged:
    return Judged(
        case,
        side.toolchain,
        _from_outcome(side.outcome),
        _entry(side.known, case.xfail),
        None if side.trace is None else _from_trace(side.trace),
        side.plain,
        side.traced,
        _entry(side.lawful, case.differs),
    )


def _entry(wanted: T, entries: tuple[T, ...]) -> T:
    """The header's own entry: whether two sides have the same one is asked by identity."""
    return next((entry for entry in entries if entry == wanted), wanted)


def _from_trace(trace: _Trace) -> Trace:
    events = tuple(decode(trace.events.encode(), functions=len(trace.functions)))
    return Trace(trace.functions, events, trace.end)


def _from_outcome(outcome: _Outcome) -> Outcome:
    if outcome.kind == Conforms.__name__:
        return Conforms()
    if outcome.kind == NotApplicable.__name__:
        return NotApplicable(outcome.detail)
    if outcome.kind == Diverges.__name__ and outcome.divergence is not None:
        return Diverges(outcome.divergence)
    if outcome.kind in _DETAILS:
        return _DETAILS[outcome.kind](outcome.detail)
    raise ValueError(f"{outcome.kind!r} is no outcome")
