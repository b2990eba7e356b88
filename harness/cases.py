"""Cases on disk: `cases/<family>/<behaviour>.go` -> `harness.model.Case`, and suites, which name sets of them.

A case is a Go program that `go run` takes as it is. It opens with a block comment that holds its header in YAML
(`Header` lists the keys); the family and the behaviour in its path are its name. A suite is a file
`suites/<suite>.yaml` beside the families.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated

from pydantic import Field

from harness.errors import BadCase, UsageError
from harness.fields import Issue, Line, On, Tag, Text, Urls
from harness.model import Case, Expectation, KnownFault, Variation
from harness.yamltext import Document, Strict

SUITES = "suites"
"""The directory beside the families that holds suites instead of cases."""

_NAME = re.compile(r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*", re.ASCII)
_PACKAGE = re.compile(r"^package[ \t]+main\b", re.ASCII | re.MULTILINE)
_MEANT_AS_HEADER = re.compile(r"^title:", re.MULTILINE)


_Status = Annotated[int, Field(ge=0, le=255)]


class DiffersHeader(Strict):
    """Releases (`on`) that lawfully show something else; what is not given is as in the header itself."""

    on: On
    because: Text
    stdout: str | None = None
    exit: _Status | None = None
    stderr: str | None = None


class XfailHeader(Strict):
    """Releases (`on`) with a known fault; `issue` is the address of its report, or "unreported"."""

    on: On
    reason: Text
    issue: Issue


class Header(Strict):
    """The header of a case. `source` is one address or a list of them; `godebug`: settings that the program makes for
    itself and that change what it is owed ("panicnil=1")."""

    title: Line
    owes: Text
    source: Urls
    tags: list[Tag] = Field(default=[])
    on: On = ""
    stdout: str = ""
    exit: _Status = 0
    stderr: str | None = None
    godebug: str = ""
    differs: list[DiffersHeader] = Field(default=[])
    xfail: list[XfailHeader] = Field(default=[])


class SuiteFile(Strict):
    """A suite: what it is for, and its selectors (see `select`)."""

    title: Line
    select: Annotated[list[Line], Field(min_length=1)]


def load_cases(*roots: Path) -> tuple[Case, ...]:
    """All cases below the directories `roots`, by name. Raises `BadCase` at the first fault."""
    cases: dict[str, Case] = {}
    for root in roots:
        if not root.is_dir():
            raise BadCase(f"{root}: no such directory of cases")
        for path in sorted(root.rglob("*.go")):
            case = load_case(path, root)
            if earlier := cases.get(case.name.lower()):
                alike = "has the same name as" if earlier.name == case.name else "differs only by upper case from"
                raise BadCase(f"{path}:1: case {case.name} {alike} {earlier.path}; rename one of them")
            cases[case.name.lower()] = case
    return tuple(sorted(cases.values(), key=lambda case: case.name))


def path_of(name: str, root: Path) -> Path:
    """Where below `root` a new case "<family>/<behaviour>" belongs. Raises `BadCase` for a name that none can have,
    and if there is one already."""
    family, _, behaviour = name.partition("/")
    if not all(_NAME.fullmatch(part) for part in (family, behaviour)) or family == SUITES:
        raise BadCase(f"{name}: a case is called <family>/<behaviour>, of letters, digits and single hyphens")
    path = root / family / f"{behaviour}.go"
    if path.exists():
        raise BadCase(f"{path}: there is such a case already; give another name")
    return path


def load_case(path: Path, root: Path) -> Case:
    """The case at `path`, which must be `root`/<family>/<behaviour>.go. Raises `BadCase`."""
    *families, behaviour = path.relative_to(root).with_suffix("").parts
    if len(families) != 1:
        raise BadCase(f"{path}: a case must be at <family>/<behaviour>.go below {root}; move it there")
    if not all(_NAME.fullmatch(part) for part in (families[0], behaviour)):
        raise BadCase(f"{path}: names of families and cases are letters, digits and single hyphens; rename it")
    return case_of(f"{families[0]}/{behaviour}", path, _read(path))


def load_program(path: Path) -> Case:
    """Any Go program of the user's: nothing is expected of it, unless it has a header as cases have.

    A leading block comment counts as a header if it has a line `title:`. The program's name is the file's.
    Raises `BadCase`.
    """
    if path.suffix != ".go" or not path.is_file():
        raise BadCase(f"{path}: no such Go file; give one file that ends in .go, or a program in .yaml")
    source = _read(path)
    comment = _leading_comment(source)
    if comment and _MEANT_AS_HEADER.search(comment):
        return case_of(path.stem, path, source)
    _demand_main(path, source)
    return Case(name=path.stem, path=path, source=source, title=path.name)


def load_suites(root: Path) -> dict[str, SuiteFile]:
    """The suites of the directory of cases `root`, by name (the file's stem). Raises `BadCase`."""
    suites: dict[str, SuiteFile] = {}
    for path in sorted((root / SUITES).glob("*.yaml")):
        document = Document(_read(path), file=str(path), first_line=1, error=BadCase)
        suites[path.stem] = document.validate(SuiteFile)
    return suites


def select(cases: Sequence[Case], selectors: Iterable[str]) -> tuple[Case, ...]:
    """The cases that any of `selectors` chooses, in the order of `cases`.

    A selector is `tag:<tag>`, a family, or a glob over names, in which `*` also stands for "/" ("goexit/*",
    "*nested*"). One that chooses nothing raises `UsageError`, since it is most likely misspelt.
    """
    chosen: set[str] = set()
    for selector in selectors:
        names = {case.name for case in cases if _chooses(selector, case)}
        if not names:
            raise UsageError(f"{selector!r} selects no case; give a name, a glob, a family or tag:<tag>")
        chosen |= names
    return tuple(case for case in cases if case.name in chosen)


def _chooses(selector: str, case: Case) -> bool:
    if selector.startswith("tag:"):
        return selector.removeprefix("tag:") in case.tags
    return fnmatchcase(case.name, selector) or case.name.partition("/")[0] == selector


def case_of(name: str, path: Path, source: str) -> Case:
    """The case that `source` is, wherever it is kept. Raises `BadCase`, of the header's faults first."""
    comment = _leading_comment(source)
    if comment is None:
        raise BadCase(f"{path}:1: no header; the file must begin with /* and hold YAML up to */")
    document = Document(comment, file=str(path), first_line=1, error=BadCase)
    header = document.validate(Header)
    _demand_main(path, source)
    expect = Expectation(header.stdout, header.exit, header.stderr)
    return Case(
        name=name,
        path=path,
        source=source,
        title=header.title,
        tags=tuple(header.tags),
        owes=header.owes.strip(),
        sources=tuple(header.source),
        on=header.on,
        expect=expect,
        differs=tuple(Variation(each.on, _varied(expect, each), each.because.strip()) for each in header.differs),
        godebug=header.godebug,
        xfail=tuple(KnownFault(each.on, each.reason.strip(), each.issue) for each in header.xfail),
    )


def _varied(expect: Expectation, other: DiffersHeader) -> Expectation:
    return Expectation(
        stdout=expect.stdout if other.stdout is None else other.stdout,
        exit=expect.exit if other.exit is None else other.exit,
        stderr=expect.stderr if other.stderr is None else other.stderr,
    )


def _leading_comment(source: str) -> str | None:
    """What the block comment at the very start of `source` holds; its first line is line 1 of the file."""
    if not source.startswith("/*"):
        return None
    text, end, _ = source.removeprefix("/*").partition("*/")
    return text if end else None


def _demand_main(path: Path, source: str) -> None:
    if not _PACKAGE.search(source):
        raise BadCase(f"{path}: no package clause `package main`; a case is a program of one file")


def _read(path: Path) -> str:
    """The file's text. Line ends stay as they are, since raw strings of Go may hold them."""
    try:
        return path.read_bytes().decode()
    except UnicodeDecodeError as bad:
        line = path.read_bytes().count(b"\n", 0, bad.start) + 1
        raise BadCase(f"{path}:{line}: not UTF-8") from None
    except OSError as trouble:
        raise BadCase(f"{path}: cannot be read: {trouble.strerror}") from None
