"""What is needed to run a case again by hand: one directory per case that is not plainly the same.

Pure: `files` says what is to be in the directory, `harness.report.write` puts it there.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from harness.judge import describe
from harness.model import Comparison, Diverges, Installed, Judged, Run
from harness.report import evidence, words
from harness.report.reproduce import deferdiff_run, patch_files, plain_script, rerun
from harness.report.result import Decided, GateResult
from harness.report.text import one_line, visible
from harness.report.words import Narrator

MOST = 200
"""Directories made for one result; those that fail the gate come first."""
_FIRST, _AROUND = 20_000, 1_000
"""Events of a long trace that are written: those at its start, and those around the first divergence."""


@dataclass(frozen=True, slots=True)
class File:
    """One file, its path relative to the rerun directory."""

    path: PurePosixPath
    content: bytes
    executable: bool = False


def directory_name(comparison: Comparison) -> str:
    """The directory of a case. Families have no slash, so names cannot meet."""
    return comparison.case.name.replace("/", "__", 1)


def files(result: GateResult) -> Iterator[File]:
    """All files, one at a time, since outputs can be large. Nothing if all is plainly the same."""
    shown = result.notable()
    if not shown:
        return
    yield _text("README.txt", _index(result, shown))
    for role, side in (("pre", result.pre), ("post", result.post)):
        for path, content in sorted(side.overlay.items()):
            yield _text(f"toolchains/{role}/{path}", content)
        for target, patch in zip(patch_files(side.toolchain, role), side.toolchain.patches, strict=True):
            yield _text(str(target), patch.text)
    for decided in shown[:MOST]:
        yield from _case(result, decided)


def _index(result: GateResult, shown: list[Decided]) -> str:
    lines = [
        result.headline(),
        "",
        "One directory per case. `sh run.sh` in it runs the case checked on both toolchains, `sh run.sh pre` and",
        "`sh run.sh post` run it as it stands, without deferdiff.",
        "",
    ]
    lines += [f"{d.decision.value:10} {d.word:25} {directory_name(d.comparison)}" for d in shown[:MOST]]
    if len(shown) > MOST:
        lines.append(f"{len(shown) - MOST} more cases have no directory here; report.json names them.")
    return "\n".join(lines) + "\n"


def _case(result: GateResult, decided: Decided) -> Iterator[File]:
    comparison = decided.comparison
    home = directory_name(comparison)
    yield _text(f"{home}/README.txt", _readme(result, decided))
    yield _text(f"{home}/case.go", comparison.case.source)
    yield File(PurePosixPath(home, "run.sh"), _script(result).encode(), executable=True)
    for role, side in (("pre", comparison.pre), ("post", comparison.post)):
        if side.trace is not None:
            yield _text(f"{home}/{role}.trace.txt", "\n".join(_trace(side)) + "\n")
        if text := evidence.build_text(side):
            yield _text(f"{home}/{role}.compiler.txt", text + "\n")
        for suffix, run in (("", side.plain), (".traced", side.traced)):
            if run is None or (suffix and _alike(side.plain, run)):
                continue
            yield File(PurePosixPath(home, f"{role}{suffix}.stdout"), run.stdout)
            yield File(PurePosixPath(home, f"{role}{suffix}.stderr"), run.stderr)


def _alike(plain: Run | None, traced: Run) -> bool:
    """Whether the traced run wrote what the plain one did, so that its files would say nothing."""
    return plain is not None and (plain.stdout, plain.stderr) == (traced.stdout, traced.stderr)


def _readme(result: GateResult, decided: Decided) -> str:
    comparison = decided.comparison
    case = comparison.case
    lines = [f"{case.name}: {one_line(case.title)}", ""]
    lines += [f"verdict   {decided.word} ({decided.decision.value})"]
    for role, side, installed in (("pre", comparison.pre, result.pre), ("post", comparison.post, result.post)):
        lines.append(f"{role:9} {installed.toolchain.text}: {_outcome(side)}")
        if side.known is not None:
            lines.append(f"          known: {one_line(side.known.reason)} ({one_line(side.known.issue)})")
        if side.plain is not None:
            lines.append(f"          {describe(side.plain.ending)}")
    if case.owes:
        lines += ["", "What the language owes:", *(f"  {line}" for line in visible(case.owes).strip().splitlines())]
        lines += [f"  {one_line(source)}" for source in case.sources]
    lines += [
        "",
        "Again:",
        f"  {deferdiff_run(result, comparison)}",
        "  sh run.sh          the same on case.go here",
        "  sh run.sh pre      as it stands, on the toolchain before, without deferdiff",
        "  sh run.sh post     likewise after",
    ]
    return "\n".join(lines) + "\n"


def _outcome(side: Judged) -> str:
    if isinstance(side.outcome, Diverges):
        broken = side.outcome.divergence
        owed = one_line(broken.owed)
        at = f" at {place}" if (place := evidence.place(broken)) else ""
        return f"breaks {broken.rule.name}{at}: {evidence.got(side)}; owed: {owed}"
    told = words.detail(side.outcome)
    return f"{words.kind(side.outcome)}{told and ': ' + told}"


def _trace(side: Judged) -> Iterator[str]:
    """A trace in words, one event a line, with what was owed where a rule is broken."""
    assert side.trace is not None
    narrator = Narrator(side.trace)
    total = len(side.trace.events)
    broken = side.outcome.divergence.index if isinstance(side.outcome, Diverges) else -1
    near = range(max(broken - _AROUND, _FIRST), min(broken + _AROUND, total)) if broken >= 0 else range(0)
    shown = -1
    for index in (*range(min(_FIRST, total)), *near, total):
        if index <= shown:
            continue
        if index > shown + 1:
            yield f"          [{index - shown - 1} more events]"
        shown = index
        yield f"{'>>' if index == broken else '  '} {index + 1:6} {narrator.full(index)}"
        if index == broken and isinstance(side.outcome, Diverges):
            divergence = side.outcome.divergence
            yield f"          owed: {one_line(divergence.owed)}"
            yield f"          rule: {divergence.rule.name}: {one_line(divergence.rule.statement)}"


def _script(result: GateResult) -> str:
    """The shell script: no argument for both toolchains with the check, "pre" or "post" for the bare program.

    The deferdiff that runs is that of $DEFERDIFF, else the one that wrote this, else the one on the path.
    """
    return f"""\
#!/bin/sh
# sh run.sh: the case on both toolchains, checked. sh run.sh pre|post: as it stands, without deferdiff.
set -eu
cd "$(dirname "$0")"
here=$(pwd -P)
pre() {{
{_body(result.pre, "pre")}
}}
post() {{
{_body(result.post, "post")}
}}
case "${{1:-}}" in
"")
    own=$(command -v {shlex.quote(result.command or "deferdiff")} || echo deferdiff)
    exec "${{DEFERDIFF:-$own}}" {rerun(result)}
    ;;
pre | post)
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    cp case.go "$work/"
    "$1"
    ;;
*) echo "usage: sh run.sh [pre|post]" >&2; exit 2 ;;
esac
"""


def _body(side: Installed, role: str) -> str:
    return "\n".join(f"    {line}" for line in plain_script(side, role))


def _text(path: str, content: str) -> File:
    return File(PurePosixPath(path), content.encode("utf-8", errors="surrogateescape"))
