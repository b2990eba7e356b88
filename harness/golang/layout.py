"""The Go module of a batch: many cases, each in both modes, in one binary; the go command compiles all at once.

    go.mod                        module deferdiff.test, with the language version pinned
    trace/ drive/                 what instrumented cases and the driver import
    plain/c003/case.go            case number 3 as it is
    traced/c003/case.go           ... with trace calls
    plain/c004/p004.go ...        cases that may share a package (see `Case.prefix`) do, `SHARING` of them in each:
    plain/c004/p005.go            a package costs more than the programs in it
    cmd/batch/main.go             the driver with its table of jobs "plain:003", "traced:003"
    cmd/plain003/ cmd/traced003/  a driver for one job: a case that does something before main

Go's language rules follow the go line of go.mod (loop variables, panic(nil)), so it is the caller's choice.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from harness.golang.effects import changes_process, needs_own_process
from harness.golang.instrument import Instrumented, instrument, rename
from harness.model import Case, Mode
from oracle.events import Function

MODULE = "deferdiff.test"

_GO = Path(__file__).parent / "go"
_FIXED = ("trace", "drive")

SHARING = 100
"""Cases in one package at most: measured, larger packages take longer for each case."""

KEPT = 4096
"""Cases that are kept with trace calls put in, for the next toolchain."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A case in a batch. `number`: its own; `package`: its package's; `jobs`: the name that the driver knows it by;
    `entry`: what its func main became."""

    case: str
    number: str
    package: str
    entry: str
    functions: tuple[Function, ...]
    jobs: dict[Mode, str]

    def restored(self, output: bytes) -> bytes:
        """Output as the program would have written it alone: its package is main, its function main is main.main."""
        package = rb"(?<![\w./])(?:deferdiff\.test/(?:plain|traced)/)?c" + self.package.encode() + rb"\."
        entry = rb"(?<!\w)main\." + self.entry.encode() + rb"\b"
        return re.sub(entry, b"main.main", re.sub(package, b"main.", output))


@dataclass(frozen=True, slots=True)
class Program:
    """One binary: the package to build (`./cmd/batch`), the name of the binary, the jobs it knows."""

    package: str
    binary: str
    jobs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """The files of the module (paths relative to its directory), its binaries, and the cases in the order given.
    `sharing`: how many cases a package has where it is more than one."""

    files: dict[str, bytes]
    programs: tuple[Program, ...]
    placed: tuple[Placed, ...]
    sharing: dict[str, int] = field(default_factory=dict)

    def case_at(self, path: str) -> tuple[Placed, Mode] | None:
        """The case and mode of a path in the compiler's output, None for a file that is no case's and for a package
        that several cases share."""
        found = re.search(r"\b(plain|traced)/c(\d+)(?:/(?:p(\d+)\.go$)?|$)", path)
        if found is None or (found[3] is None and found[2] in self.sharing):
            return None
        number = int(found[3] or found[2])
        return (self.placed[number], Mode(found[1])) if number < len(self.placed) else None


def batch(cases: Sequence[Case], go_line: str, *, share: bool = True) -> Layout:
    """Lay out `cases` for one build. `go_line`: "1.21"; `share`: let cases share packages that may. Raises `BadCase`
    for the first that cannot be traced."""
    packages = _packages(cases) if share else [""] * len(cases)
    files = module(go_line, *_FIXED)
    placed: list[Placed] = []
    programs: list[Program] = []
    alone: list[tuple[Placed, bool]] = []
    shared: list[tuple[Placed, bool]] = []
    sharing: dict[str, int] = {}
    for position, case in enumerate(cases):
        number, where = f"{position:03}", str(case.path)
        if package := packages[position]:
            sharing[package] = sharing.get(package, 0) + 1
            plain, traced = _prepared(case.source, f"c{package}", case.prefix, where)
            early, file = False, f"c{package}/p{number}.go"
        else:
            early, file = needs_own_process(case.source, where), f"c{number}/case.go"
            plain = rename(case.source, f"c{number}", where, early)
            traced = instrument(case.source, f"c{number}", where, early)
        files[f"plain/{file}"] = plain.source.encode()
        files[f"traced/{file}"] = traced.source.encode()
        jobs = {mode: f"{mode.value}:{number}" for mode in Mode}
        here = Placed(case.name, number, file[1:].partition("/")[0], traced.entry, traced.functions, jobs)
        placed.append(here)
        if early:
            programs += [_program(files, f"{mode.value}{number}", [(here, mode, True)]) for mode in Mode]
        elif case.alone:
            alone.append((here, True))
        else:
            shared.append((here, not case.prefix and changes_process(case.source, where)))
    if alone or shared:
        # Those that are alone come first, and the process ends after each: so nothing ran in it before either.
        table = [(here, mode, last) for here, last in alone + shared for mode in Mode]
        programs.insert(0, _program(files, "batch", table))
    return Layout(files, tuple(programs), tuple(placed), sharing)


def module(go_line: str, *directories: str) -> dict[str, bytes]:
    """The files that a module has whatever is in it: go.mod, and the packages of ours in `directories`."""
    files = {"go.mod": f"module {MODULE}\n\ngo {go_line}\n".encode()}
    for directory in directories:
        for path in sorted((_GO / directory).rglob("*")):
            if path.suffix in {".go", ".s"}:
                files[path.relative_to(_GO).as_posix()] = path.read_bytes()
    return files


def prepare(cases: Sequence[Case]) -> None:
    """Put trace calls into cases that may share packages before several toolchains, each in a thread of its own, ask
    for it. Raises `BadCase` as `batch` does."""
    for case, package in zip(cases, _packages(cases), strict=True):
        if package:
            _prepared(case.source, f"c{package}", case.prefix, str(case.path))


def _packages(cases: Sequence[Case]) -> list[str]:
    """The number of the package that each case shares with others, "" for a case that has one of its own."""
    shared = [position for position, case in enumerate(cases) if case.prefix]
    packages = [""] * len(cases)
    for turn, position in enumerate(shared):
        packages[position] = f"{shared[turn - turn % SHARING]:03}"
    return packages


@lru_cache(maxsize=KEPT)
def _prepared(source: str, package: str, prefix: str, where: str) -> tuple[Instrumented, Instrumented]:
    """A case that may share a package, for both modes."""
    return rename(source, package, where, own=prefix), instrument(source, package, where, own=prefix)


def _program(files: dict[str, bytes], name: str, table: Sequence[tuple[Placed, Mode, bool]]) -> Program:
    imports: dict[str, None] = {}
    jobs = []
    for here, mode, last in table:
        package = f"{mode.value}{here.package}"
        imports[f'\t{package} "{MODULE}/{mode.value}/c{here.package}"\n'] = None
        fields = f"Main: {package}.{here.entry}" + (", Last: true" if last else "")
        jobs.append(f'\tcase "{here.jobs[mode]}":\n\t\treturn drive.Job{{{fields}}}\n')
    files[f"cmd/{name}/main.go"] = (
        f'package main\n\nimport (\n\t"{MODULE}/drive"\n{"".join(imports)})\n\n'
        "func main() {\n\tdrive.Run(find)\n}\n\n"
        f"func find(job string) drive.Job {{\n\tswitch job {{\n{''.join(jobs)}\t}}\n\treturn drive.Job{{}}\n}}\n"
    ).encode()
    return Program(f"./cmd/{name}", name, tuple(here.jobs[mode] for here, mode, _ in table))
