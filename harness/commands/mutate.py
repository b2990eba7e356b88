"""`deferdiff mutate`: how many small changes to the runtime's defer logic the cases and the data tier notice."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Group
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from harness import cases, machine, toolchain
from harness.commands import mutate_records, options
from harness.errors import BadOutput, BadPatch
from harness.golang.mutants import Mutant, mutants
from harness.model import Installed, Toolchain
from harness.mutate import Fate, Tried, added_lines, original, prepare, score
from harness.mutate import run as try_all
from harness.policy import Status
from harness.report import live, picture, terminal
from harness.report.text import visible
from harness.sandbox import LONGEST, SHORTEST, Limits

FUNCTIONS = (
    "start", "nextDefer", "nextFrame", "initOpenCodedDefers",
    "gorecover", "recovery", "deferreturn", "gopanic", "Goexit",
)  # fmt: skip
"""The runtime's own defer logic, as of Go 1.22; a release that has not all of them has others of these names."""

PANIC = "src/runtime/panic.go"


def run(
    base: Annotated[str, typer.Option(metavar="TEXT", help="The toolchain that is changed.")] = options.BASE,
    patch: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Apply this patch first, and change only lines that it adds.")
    ] = None,
    file: Annotated[str, typer.Option(metavar="PATH", help="The file that is changed, below GOROOT.")] = PANIC,
    functions: Annotated[
        str, typer.Option(metavar="NAMES", help="Only in these functions. Default: the defer logic; of a patch, all.")
    ] = "",
    into: Annotated[Path, typer.Option("--cases", metavar="DIR", help="The cases.")] = Path("cases"),
    equivalent: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Mutants that change nothing, each with the reason (YAML).")
    ] = None,
    first: Annotated[int | None, typer.Option(metavar="N", min=1, help="Only the first N mutants.")] = None,
    every: Annotated[int, typer.Option(metavar="N", min=1, help="Only every Nth mutant: a sample.")] = 1,
    jobs: Annotated[int, typer.Option(min=1, max=64, help="Mutants that are tried at once.")] = 2,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Directory for the results.")] = Path("mutants"),
    fresh: Annotated[bool, typer.Option("--fresh", help="Try again what DIR knows already.")] = False,
    toolchains: options.NamesFile = None,
    sandbox: options.SandboxKind = options.Kind.AUTO,
    timeout: Annotated[
        float, typer.Option(metavar="SECONDS", min=SHORTEST, max=LONGEST, help="Seconds that one run may take.")
    ] = 5.0,
    as_json: options.AsJson = False,
) -> None:
    """Change the runtime's source, one place at a time, and count how many of the changes are noticed.

    What nothing notices is shown as a patch: either no program can show it (say why, in --equivalent FILE), or
    programs are missing. Results are kept in DIR, so that an interrupted run goes on.

    Exit status: 0 all that compile are killed or equivalent, 1 some survived, 2 bad input, 3 machinery failed, for
    all or for some, or it was interrupted.
    """
    names = toolchain.load(toolchains)
    plain = toolchain.parse(base, names)
    wanted = toolchain.with_patches(plain, patch=[patch]) if patch is not None else plain
    path = file if file.startswith("src/") else f"src/{file}"
    all_cases = cases.load_cases(into)
    found: list[Tried] = []
    unknown: dict[Mutant, Tried] = {}
    with options.interruptible() as stop, live.progress() as progress:
        world = machine.world(sandbox, Limits(wall=timeout), progress, fresh=False, keep=False)
        installed = world.install(wanted)
        argued = mutate_records.Equivalents()
        if equivalent is not None:
            argued = mutate_records.equivalents(equivalent, installed.engine, installed.release)
        before = _original(installed, path)
        lines = None if patch is None else set(added_lines(_original(world.install(plain), path), before))
        chosen = functions.split(",") if functions else None if patch is not None else FUNCTIONS
        made = mutants(before, path, chosen, lines)[::every][:first]
        if not made:
            raise BadPatch(f"{path}: there is nothing to change in what was asked for")
        sources = "\0".join(sorted(f"{case.name}\0{case.source}" for case in all_cases))
        records = mutate_records.Records(out, f"{installed.digest}\0{path}\0{timeout}", sources, fresh=fresh)
        todo = [one for one in made if one not in records]
        if todo:
            prey = prepare(world, installed, path, all_cases, stop)

            def told(one: Tried) -> None:
                if stop.is_set():
                    return
                if one.fate is Fate.UNKNOWN:
                    unknown[one.mutant] = one
                else:
                    records.add(one)
                progress.note(f"{len(records)} of {len(made)}: {one.fate.value}: {one.mutant.name}: {one.by}")

            try_all(prey, todo, jobs, told)
        if stop.is_set():
            raise KeyboardInterrupt
    for mutant in made:
        tried = unknown[mutant] if mutant in unknown else records.tried(mutant)
        if tried.fate is Fate.SURVIVED and (reason := argued.why(mutant)) is not None:
            tried = Tried(mutant, Fate.EQUIVALENT, reason, tried.seconds)
        found.append(tried)
    shown = Group(*_report(wanted, path, before, found))
    plain_result = _plain(wanted, path, before, found)
    _write(out, shown, plain_result)
    if as_json:
        typer.echo(json.dumps(plain_result, indent=2))
    else:
        terminal.console().print(shown)
    fates = {one.fate for one in found}
    status = Status.MACHINERY if Fate.UNKNOWN in fates else Status.AGREE
    raise typer.Exit(int(Status.DIFFERENCE if Fate.SURVIVED in fates else status))


def _original(installed: Installed, path: str) -> str:
    try:
        return original(installed, path)
    except OSError as trouble:
        raise BadPatch(f"{path}: {installed.toolchain.name} has no such file: {trouble.strerror}") from None


def _report(wanted: Toolchain, path: str, before: str, found: Sequence[Tried]) -> list[Any]:
    killed, of = score(found)
    share = f" ({killed / of:.1%})" if of else ""
    shown: list[Any] = [
        Text.assemble((f"{killed} of {of} mutants killed{share}", "bold"), f" in {path} of {wanted.name}"),
        _table(found),
    ]
    for one in found:
        if one.fate is Fate.SURVIVED:
            shown.append(Text(f"survived  {visible(one.mutant.name)}", "bold yellow"))
            if one.by:
                shown.append(Text(f"  {visible(one.by)}", "dim"))
            shown.append(Syntax(one.mutant.diff(before, path), "diff", background_color="default"))
    for one in found:
        if one.fate in (Fate.EQUIVALENT, Fate.UNKNOWN):
            shown.append(Text.assemble((f"{one.fate.value}  ", "bold"), visible(one.mutant.name)))
            shown.append(Text(f"  {visible(one.by)}", "dim"))
    return shown


def _table(found: Sequence[Tried]) -> Table:
    table = Table("function", *(fate.value for fate in Fate))
    for function in dict.fromkeys(one.mutant.function for one in found):
        fates = [one.fate for one in found if one.mutant.function == function]
        table.add_row(function, *(str(fates.count(fate) or "") for fate in Fate))
    table.add_section()
    table.add_row("all", *(str(sum(one.fate is fate for one in found)) for fate in Fate))
    return table


def _plain(wanted: Toolchain, path: str, before: str, found: Sequence[Tried]) -> dict[str, Any]:
    killed, of = score(found)
    return {
        "toolchain": wanted.text,
        "file": path,
        "killed": killed,
        "of": of,
        "seconds": round(sum(one.seconds for one in found), 1),
        "mutants": [_mutant(one, before, path) for one in found],
    }


def _mutant(one: Tried, before: str, path: str) -> dict[str, Any]:
    mutant: Mutant = one.mutant
    return {
        "function": mutant.function,
        "line": mutant.line,
        "operator": mutant.operator.value,
        "before": mutant.before,
        "after": mutant.after,
        "fate": one.fate.value,
        "by": one.by,
        "seconds": round(one.seconds, 2),
        "diff": mutant.diff(before, path) if one.fate in (Fate.SURVIVED, Fate.EQUIVALENT) else "",
    }


def _write(out: Path, shown: Group, plain: dict[str, Any]) -> None:
    try:
        (out / "mutants.json").write_text(json.dumps(plain, indent=1) + "\n", encoding="utf-8")
        (out / "mutants.html").write_text(picture.page(shown), encoding="utf-8")
    except OSError as trouble:
        raise BadOutput(f"{out}: cannot be written: {trouble.strerror}") from None
