"""`deferdiff reduce PROGRAM.yaml`: the smallest program with the same difference, and a Go file that shows it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from harness import alone, cases, constraint, known, machine, programs, toolchain
from harness.alone import Alone, Writing
from harness.commands import options, written
from harness.commands.fuzz import Tier
from harness.commands.reduce_search import Effort, Found, find
from harness.errors import BadOutput
from harness.fields import ISSUE
from harness.known import Known
from harness.model import BuildFailed, Inconclusive, Installed, KnownFault, Toolchain
from harness.policy import Status
from harness.report import live, terminal, words
from harness.report.text import visible
from harness.sandbox import Limits
from oracle import rules
from oracle.program import Program

UNREPORTED = "unreported"


@dataclass(frozen=True, slots=True)
class Result:
    """All that is told of a program that differs. `file`: where the smallest is; `added`: the case that was made of
    it, None if none was."""

    given: Program
    toolchain: Toolchain
    found: Found
    effort: Effort
    shown: Alone
    known: Known | None
    file: Path
    added: Path | None = None

    @property
    def go(self) -> Path:
        """The Go file."""
        return self.file.with_suffix(".go")

    @property
    def is_unchanged(self) -> bool:
        """Whether no patch and no flag changes the toolchain."""
        return self.toolchain.text == self.toolchain.base

    @property
    def title(self) -> str:
        """What it is, in one line."""
        return f"Smallest program found: {self.found.signature}"

    @property
    def again(self) -> str:
        """The command that shows it again."""
        return f"deferdiff run {self.go} -t '{self.toolchain.text}'"


def run(
    program: Annotated[Path, typer.Argument(help="A program of the algebra, as YAML.", metavar="PROGRAM.yaml")],
    on: Annotated[str, typer.Option("-t", "--toolchain", metavar="TEXT", help="The toolchain it differs on.")],
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.yaml", help="Where to, the Go file beside it. Default: PROGRAM-smallest.yaml here."
        ),
    ] = None,
    add: Annotated[
        str | None,
        typer.Option(
            metavar="FAMILY/NAME",
            help="Add the Go file to the cases; of a release as it is with that as a known fault.",
        ),
    ] = None,
    issue: Annotated[str | None, typer.Option(metavar="URL", help="With --add: the report of the fault.")] = None,
    into: Annotated[Path, typer.Option("--cases", metavar="DIR", help="With --add: the cases.")] = Path("cases"),
    tier: Annotated[
        Tier | None, typer.Option(help="How programs are run. Default: as data, or else as Go source.")
    ] = None,
    toolchains: options.NamesFile = None,
    sandbox: options.SandboxKind = options.Kind.AUTO,
    timeout: options.Wall = options.DEFAULT_LIMITS.wall,
    as_json: options.AsJson = False,
) -> None:
    """Reduce a program that differs on a toolchain, until leaving out any action, or making any one plainer, loses
    the difference; write it as Go.

    Exit status: 0 it conforms, 1 it differs, 2 bad input, 3 machinery failed or it was interrupted.
    """
    given = programs.load(program)
    wanted = toolchain.parse(on, toolchain.load(toolchains))
    file = out or Path(f"{program.stem}-smallest.yaml")
    _check(program, file, add, issue)
    case = None if add is None else cases.path_of(add, into)
    if case is not None:
        written.check(case.parent)
    listed = known.load_if_there(into / known.FILE.name)
    effort = Effort()
    with options.interruptible() as stop, live.progress() as progress:
        world = machine.world(sandbox, Limits(wall=timeout), progress, fresh=True, keep=False)
        installed = world.install(wanted)
        found = find(world, wanted, given, tier, effort, stop)
        if found is None:
            _tell_conforms(program, wanted, effort, as_json=as_json)
            raise typer.Exit(int(Status.AGREE))
        fault = known.find(
            listed,
            installed.engine,
            installed.release,
            found.rule,
            found.died,
            [known.needs(found.program, ranging=found.ranging)],
        )
        title = f"Smallest program found: {found.signature}"
        rule = next((rule for rule in rules.ALL if rule.name == found.rule), None)
        writing = Writing(file.stem, file.with_suffix(".go"), title, rule, ranging=found.ranging)
        shown = alone.show(world, wanted, found.program, writing, found.is_like, stop)
        if stop.is_set():
            raise KeyboardInterrupt
    result = Result(given, wanted, found, effort, shown, fault, file)
    try:
        _write(result)
        if case is not None and shown.same:
            result = replace(result, added=_add(result, case, add or "", writing, installed, issue))
    finally:  # what was found is told, wherever it can be written
        if as_json:
            typer.echo(json.dumps(_plain(program, result), indent=2))
        else:
            _warn(effort)
            terminal.console().print(_shown(result))
    if case is not None and result.added is None:
        typer.echo(f"deferdiff: {case}: not added, for the Go file does not fail in the same way", err=True)
    raise typer.Exit(int(Status.DIFFERENCE))


def _check(program: Path, file: Path, add: str | None, issue: str | None) -> None:
    """Raise, before anything runs, for what cannot be."""
    if file.suffix not in programs.SUFFIXES:
        raise BadOutput(f"{file}: give a name that ends in .yaml; the Go file gets the same with .go")
    if file.resolve() == program.resolve():
        raise BadOutput(f"{file}: that is the program to be reduced; give another name")
    if file.with_suffix(".go").exists() and not file.exists():
        raise BadOutput(f"{file}: {file.with_suffix('.go')} is there and none of ours; give another name")
    written.check(file.parent)
    if issue is not None and add is None:
        raise typer.BadParameter("--issue goes with --add FAMILY/NAME")
    if issue is not None and (not re.fullmatch(ISSUE, issue) or "*/" in issue):
        raise typer.BadParameter("--issue must be an https:// address with a path and without */, or unreported")


def _tell_conforms(program: Path, wanted: Toolchain, effort: Effort, *, as_json: bool) -> None:
    if as_json:
        plain = {
            "program": str(program),
            "toolchain": wanted.name,
            "text": wanted.text,
            "status": 0,
            "differs": False,
        }
        typer.echo(json.dumps({**plain, "tried": effort.tried, "weaknesses": effort.weaknesses}, indent=2))
    else:
        _warn(effort)
        typer.echo(f"{program}: conforms on {visible(wanted.name)}: nothing to reduce")


def _warn(effort: Effort) -> None:
    for weakness in effort.weaknesses:
        terminal.console().print(Text(f"warning: {weakness}", "yellow"))


# --- Files --------------------------------------------------------------------------------------------------------


def _write(result: Result) -> None:
    """Write the smallest program and its Go file. Raises `BadOutput`."""
    head = f"# {result.title} ({visible(result.toolchain.name)}).\n"
    _put(result.file, head + programs.dump(result.found.program))
    _put(result.go, result.shown.case.source)


def _put(file: Path, text: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    except OSError as trouble:
        raise BadOutput(f"{file}: cannot be written: {trouble.strerror}") from None


def _add(result: Result, path: Path, name: str, writing: Writing, installed: Installed, issue: str | None) -> Path:
    """Make a case of the Go file. Raises `BadOutput`, and `BadCase` if what was found cannot stand in a header."""
    title = f"{name.partition('/')[2].replace('-', ' ').capitalize()} ({result.found.signature})"
    case = replace(writing, name=name, path=path, title=title, known=_fault(result, installed, issue))
    source = case.of(result.shown.program).source
    cases.case_of(name, path, source)
    _put(path, source)
    return path


def _fault(result: Result, installed: Installed, issue: str | None) -> KnownFault | None:
    """The release as the one with the fault; None for one that is changed by patches or flags, for a tree or an image
    of the user's, and for a pre-release, which say nothing of a release."""
    numbers = constraint.release_numbers(installed.release)
    if not result.is_unchanged or ":" in result.toolchain.base or min(numbers) < 0:
        return None
    release = ".".join(map(str, numbers if numbers[3] else numbers[:3]))
    entry = result.known
    reason = entry.reason if entry is not None else f"Got: {result.found.got}. Owed: {result.found.owed}."
    address = issue or (entry.issue if entry is not None else UNREPORTED)
    return KnownFault(f"{installed.engine} =={release}", visible(reason), address)


# --- What is printed ----------------------------------------------------------------------------------------------


def _as_go(shown: Alone) -> tuple[str, str]:
    """What became of the Go file, in words, and their style."""
    outcome = shown.judged.outcome
    said = ": ".join(filter(None, (words.kind(outcome), words.detail(outcome))))
    if isinstance(outcome, Inconclusive):
        return f"nothing is known of the file: {said}", "yellow"
    if isinstance(outcome, BuildFailed):
        return f"the toolchain does not compile it: {said}", "yellow"
    if not shown.same:
        otherwise = "it differs, but otherwise" if shown.differs else "it does not differ by itself"
        return f"{otherwise}: {said}", "yellow"
    if not shown.visible:
        return f"fails in the same way ({said}), but only events show it", "yellow"
    return f"fails in the same way ({said})", ""


def _shown(result: Result) -> Text:
    found, effort = result.found, result.effort
    before, after = result.given.size, found.program.size
    shown = Text.assemble((f"{result.toolchain.name}: {found.signature}", "bold red"), "\n")
    shown.append(f"  got   {visible(found.got)}\n  owed  {visible(found.owed)}\n")
    if result.known is not None:
        said = "known" if result.is_unchanged else "looks like a known fault of the release:"
        shown.append(f"  {said} {' '.join(result.known.reason.split())} ({result.known.issue})\n", "dim")
    shown.append(f"  {before} actions -> {after}, {effort.tried:,} programs tried in {effort.seconds:.1f} s")
    shown.append(f", as {found.tier.value}\n")
    if found.conforms_unrecovered:
        shown.append("  By itself the given program conforms: it differs where its panic is recovered in the end.\n")
    shown.append(written.shown(found.program))
    if found.ranging:
        shown.append("  (its loops are over functions, which only the Go file says)\n")
    told, style = _as_go(result.shown)
    shown.append(f"  as Go {visible(told)}\n", style)
    shown.append(f"  {result.file}\n  {result.go}\n")
    if result.added is not None:
        shown.append(
            f"  {result.added}: added; deferdiff gate --only {result.added.parent.name}/{result.added.stem}\n"
        )
    shown.append(f"  again: {result.again}", "dim")
    return shown


def _plain(program: Path, result: Result) -> dict[str, Any]:
    found, effort, shown = result.found, result.effort, result.shown
    return {
        "program": str(program),
        "toolchain": result.toolchain.name,
        "text": result.toolchain.text,
        "status": int(Status.DIFFERENCE),
        "differs": True,
        "tier": found.tier.value,
        "rule": found.rule,
        "died": found.died,
        "got": found.got,
        "owed": found.owed,
        "known": None if result.known is None else result.known.issue,
        "actions": {"before": result.given.size, "after": found.program.size},
        "tried": effort.tried,
        "rounds": effort.rounds,
        "seconds": round(effort.seconds, 3),
        "seconds_compiling": round(effort.compiling, 3),
        "smallest": programs.dump(found.program),
        "ranging": found.ranging,
        "conforms_unrecovered": found.conforms_unrecovered,
        "weaknesses": effort.weaknesses,
        "as_go": {
            "same": shown.same,
            "differs": shown.differs,
            "visible": shown.visible,
            "outcome": words.kind(shown.judged.outcome),
            "detail": words.detail(shown.judged.outcome),
        },
        "file": str(result.file),
        "go": str(result.go),
        "added": None if result.added is None else str(result.added),
        "again": result.again,
    }
