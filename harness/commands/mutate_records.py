"""What is kept of tried mutants, so that a run goes on where it was interrupted; and the list of those that change
nothing."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, Field, TypeAdapter, ValidationError, model_validator

from harness import constraint, identity
from harness.errors import BadLog, BadOutput, BadPolicy
from harness.fields import On
from harness.golang import mutants
from harness.golang.mutants import Mutant, Operator
from harness.mutate import Fate, Tried
from harness.yamltext import Document, Strict


class _Line(BaseModel):
    """One mutant that was tried. `of`: what it was tried with; `source`: the digest of the whole changed file."""

    of: str
    source: str
    fate: Fate
    by: str
    seconds: float


_LINE = TypeAdapter(_Line)


class Records:
    """The file `tried.jsonl` of a directory: the mutants whose fate is known. `what`: what they are made of and tried
    with, but for the `cases`."""

    def __init__(self, directory: Path, what: str, cases: str, *, fresh: bool) -> None:
        whole = "\0".join((what, identity.model_digest(), identity.driver_digest(), inspect.getsource(mutants)))
        self._of = _digest(whole)[:16]
        self._of_cases = _digest(f"{whole}\0{cases}")[:16]
        self._file = directory / "tried.jsonl"
        self._lines: dict[str, _Line] = {}
        try:
            directory.mkdir(parents=True, exist_ok=True)
            if fresh:
                self._file.unlink(missing_ok=True)
            raw = self._file.read_bytes() if self._file.exists() else b""
        except OSError as trouble:
            raise BadOutput(f"{directory}: cannot be written: {trouble.strerror}") from None
        for number, line in enumerate(raw.split(b"\n")[:-1], 1):
            try:
                read = _LINE.validate_json(line)
            except ValidationError:
                raise BadLog(f"{self._file}:{number}: is no line of tried mutants; remove the file") from None
            if read.of in (self._of, self._of_cases):
                self._lines[read.source] = read

    def __len__(self) -> int:
        return len(self._lines)

    def __contains__(self, mutant: Mutant) -> bool:
        return _digest(mutant.source) in self._lines

    def add(self, tried: Tried) -> None:
        """Keep one more."""
        line = _Line(
            of=self._of_cases if tried.is_of_cases else self._of,
            source=_digest(tried.mutant.source),
            fate=tried.fate,
            by=tried.by,
            seconds=tried.seconds,
        )
        try:
            with self._file.open("ab") as lines:
                lines.write(_LINE.dump_json(line) + b"\n")
        except OSError as trouble:
            raise BadOutput(f"{self._file}: cannot be written: {trouble.strerror}") from None
        self._lines[line.source] = line

    def tried(self, mutant: Mutant) -> Tried:
        """What became of a mutant that is known."""
        line = self._lines[_digest(mutant.source)]
        return Tried(mutant, line.fate, line.by, line.seconds)


def _digest(source: str) -> str:
    return hashlib.sha256(source.encode()).hexdigest()


Text = Annotated[str, Field(pattern=r"\S")]


def _operator(word: object) -> object:
    if not isinstance(word, str):
        return word
    try:
        return Operator(word)
    except ValueError:
        raise ValueError(f"no such operator; there are {', '.join(one.value for one in Operator)}") from None


class _Entry(Strict):
    """Mutants of a function: what was done to which statement, named by the line that it begins on, or by the first
    line of what is replaced; or all that stand `within` a block, named by the line that it begins on. White space
    does not count. `on`: only of these releases."""

    function: Text
    operator: Annotated[Operator, BeforeValidator(_operator)] | None = None
    statement: Text | None = None
    within: Text | None = None
    on: On = ""
    why: Text

    @model_validator(mode="after")
    def _is_one_sort(self) -> _Entry:
        asked = (self.operator is not None, self.statement is not None, self.within is not None)
        if asked not in ((True, True, False), (False, False, True)):
            raise ValueError("give an operator and a statement, or within")
        return self

    def names(self, mutant: Mutant) -> bool:
        """Whether the mutant is one of these."""
        if mutant.function != self.function:
            return False
        if self.within is not None:
            return any(_squeezed(self.within) == block.head for block in mutant.blocks)
        assert self.statement is not None
        places = map(_squeezed, (mutant.stands, mutant.before.splitlines()[0]))
        return mutant.operator is self.operator and _squeezed(self.statement) in places


class _File(Strict):
    """`on`: the releases that all of it is argued for."""

    on: On = ""
    equivalent: list[_Entry]


@dataclass(frozen=True, slots=True)
class Equivalents:
    """The list of mutants that change nothing."""

    entries: Sequence[_Entry] = ()

    def why(self, mutant: Mutant) -> str | None:
        """Why this one changes nothing; None if it is not in the list."""
        found = next((one for one in self.entries if one.names(mutant)), None)
        return None if found is None else " ".join(found.why.split())


def equivalents(file: Path, engine: str, release: str) -> Equivalents:
    """The list in a file, as far as it is for a release. Raises `BadPolicy`."""
    listed = Document.read(file, BadPolicy).validate(_File)
    if not constraint.matches(listed.on, engine, release):
        return Equivalents()
    return Equivalents([one for one in listed.equivalent if constraint.matches(one.on, engine, release)])


def _squeezed(text: str) -> str:
    return " ".join(text.split())
