"""Known differences: faults of releases that programs have shown, with cause and issue, so that they need no second
look.

The list is a file of YAML (`cases/known-differences.yaml`); `Known` has the keys of its entries. An entry says what
every smallest program of such a difference has. It explains a bucket only if it fits all smallest programs that were
found for it: where none was found, nothing is known. An entry may also name the patch that takes the fault out: what
differs no more with it has that fault for its cause (`harness.data.mending`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import Enum
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field

from harness import constraint
from harness.errors import BadKnown
from harness.fields import Issue, On, OneOrMore, Text, Urls
from harness.yamltext import Document, Strict
from oracle import rules
from oracle.program import (
    Action,
    Collect,
    Defer,
    Fault,
    Form,
    Frame,
    Go,
    Goexit,
    Grow,
    Panic,
    Program,
    Recover,
    SetResult,
)

FILE = Path("cases/known-differences.yaml")


class Need(Enum):
    """What a program may have."""

    NIL = "nil function value"
    GOEXIT = "goexit"
    PANIC = "panic"
    FAULT = "fault"
    RECOVER = "recover"
    GOROUTINE = "goroutine"
    LOOP = "loop"
    RANGE_OVER_FUNC = "range over func"
    """Its loops are over functions."""
    LINKED = "linked"
    LARGE = "large"
    GROW = "grow"
    COLLECT = "collect"
    OUTER = "outer result"
    """A deferred call sets the result of the function that it is deferred by."""
    FUNCTION = "function"
    VALUE = "value"
    METHOD = "method"
    PROMOTED = "promoted"
    ARGUMENT = "argument"


_FORMS = {
    Form.FUNCTION: Need.FUNCTION,
    Form.VALUE: Need.VALUE,
    Form.METHOD: Need.METHOD,
    Form.PROMOTED: Need.PROMOTED,
    Form.ARGUMENT: Need.ARGUMENT,
}

_ACTIONS: dict[type[Action], Need] = {
    Goexit: Need.GOEXIT,
    Panic: Need.PANIC,
    Fault: Need.FAULT,
    Recover: Need.RECOVER,
    Go: Need.GOROUTINE,
    Grow: Need.GROW,
    Collect: Need.COLLECT,
}


def _rule(name: object) -> object:
    known = [rule.name for rule in rules.ALL]
    if isinstance(name, str) and name not in known:
        raise ValueError(f"no such rule; there are {', '.join(known)}")
    return name


def _pattern(text: object) -> object:
    if isinstance(text, str):
        try:
            re.compile(text)
        except re.error as bad:
            raise ValueError(f"no regular expression: {bad}") from None
    return text


def _need(word: object) -> object:
    if not isinstance(word, str):
        return word
    try:
        return Need(word)
    except ValueError:
        raise ValueError(f"no program has that; there are {', '.join(need.value for need in Need)}") from None


def _path(name: object) -> object:
    return Path(name) if isinstance(name, str) and name else name


class Known(Strict):
    """One fault. `rule`: the rules that it breaks, one or a list; `died`: what the process dies of then, a regular
    expression, where it does; `needs`: what every smallest program has; `on`: the releases that were seen to have
    it; `reason`: what goes wrong, and why; `issue`: the address of its report, or "unreported"; `mend`: a patch of
    these releases without which nothing differs any more, a file named from the list's directory."""

    rule: Annotated[list[Annotated[str, BeforeValidator(_rule)]], Field(min_length=1), OneOrMore]
    died: Annotated[str, BeforeValidator(_pattern)] | None = None
    needs: Annotated[list[Annotated[Need, BeforeValidator(_need)]], Field(min_length=1), OneOrMore]
    on: On
    reason: Text
    issue: Issue
    source: Urls
    mend: Annotated[Path, BeforeValidator(_path)] | None = None

    def explains(self, engine: str, release: str, rule: str, died: str, programs: Sequence[frozenset[Need]]) -> bool:
        """Whether all these smallest programs of one bucket show this fault. None of them show nothing."""
        return (
            rule in self.rule
            and (died == "" if self.died is None else re.search(self.died, died) is not None)
            and constraint.matches(self.on, engine, release)
            and bool(programs)
            and all(program.issuperset(self.needs) for program in programs)
        )


class KnownFile(Strict):
    """The whole list."""

    differences: list[Known]


def load(path: Path = FILE) -> tuple[Known, ...]:
    """The list in a file. Raises `BadKnown`, with file and line."""
    listed = Document.read(path, BadKnown).validate(KnownFile)
    return tuple(_placed(one, path) for one in listed.differences)


def _placed(entry: Known, path: Path) -> Known:
    """The entry with its patch named from here. Raises `BadKnown` if that is not there."""
    if entry.mend is None:
        return entry
    mend = path.parent / entry.mend
    if not mend.is_file():
        raise BadKnown(f"{path}: mend: {entry.mend}: no such file beside the list")
    return entry.model_copy(update={"mend": mend})


def load_if_there(path: Path = FILE) -> tuple[Known, ...]:
    """The list in a file, an empty one if there is none. Raises `BadKnown`."""
    return load(path) if path.is_file() else ()


def find(
    known: Sequence[Known],
    engine: str,
    release: str,
    rule: str,
    died: str,
    programs: Sequence[frozenset[Need]],
) -> Known | None:
    """The entry that explains a bucket, None if none does. `rule`, `died`: of the bucket; `programs`: what each of
    its smallest programs has (`needs`)."""
    return next((one for one in known if one.explains(engine, release, rule, died, programs)), None)


def mendable(known: Sequence[Known], engine: str, release: str) -> Iterator[Known]:
    """The faults of a release that can be taken out of it."""
    return (one for one in known if one.mend is not None and constraint.matches(one.on, engine, release))


def needs(program: Program, *, ranging: bool = False) -> frozenset[Need]:
    """What a program has. `ranging`: its loops are over functions."""
    return frozenset(_needs(program, ranging))


def _needs(program: Program, ranging: bool) -> Iterator[Need]:
    for function in program.functions:
        if function.frame is Frame.LINKED:
            yield Need.LINKED
        if function.large:
            yield Need.LARGE
        for action in function.body:
            if type(action) in _ACTIONS:
                yield _ACTIONS[type(action)]
            if isinstance(action, SetResult) and action.outer:
                yield Need.OUTER
            if isinstance(action, Defer):
                yield from _of_statement(action, ranging)


def _of_statement(statement: Defer, ranging: bool) -> Iterator[Need]:
    if statement.times and statement.function is None:
        yield Need.NIL
    if statement.form in _FORMS:
        yield _FORMS[statement.form]
    if statement.loop:
        yield Need.LOOP
        if ranging:
            yield Need.RANGE_OVER_FUNC
