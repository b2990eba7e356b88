"""The commands with which a person repeats what a report says."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath

from harness.model import Comparison, Installed, Toolchain
from harness.report.result import GateResult
from harness.report.text import one_line
from harness.toolchain.text import canonical

VARIABLE = "DEFERDIFF_AGAIN"
"""The environment variable that has the command that repeats this one, if it was asked for from elsewhere: options
that are given here name files of this machine."""


def deferdiff_run(result: GateResult, comparison: Comparison) -> str:
    """The case on both toolchains once more, checked; for the directory in which the gate ran."""
    words = _run(result, str(case_path(result, comparison)), result.pre.toolchain.text, result.post.toolchain.text)
    return one_line(shlex.join(["deferdiff", *words]))


def case_path(result: GateResult, comparison: Comparison) -> Path:
    """The case's file as seen from the directory in which the gate ran."""
    path = comparison.case.path
    if result.directory is not None and path.is_relative_to(result.directory):
        return path.relative_to(result.directory)
    return path


def rerun(result: GateResult) -> str:
    """The same without its first word, for `case.go` in a case's rerun directory, with the patches beside it."""
    texts = []
    for role, side in (("pre", result.pre), ("post", result.post)):
        moved = [
            replace(patch, path=Path("..") / path)
            for patch, path in zip(side.toolchain.patches, patch_files(side.toolchain, role), strict=True)
        ]
        texts.append(canonical(replace(side.toolchain, patches=tuple(moved))))
    return one_line(shlex.join(_run(result, "case.go", *texts)))


def patch_files(toolchain: Toolchain, role: str) -> list[PurePosixPath]:
    """Where below the rerun directory the patches of one side ("pre" or "post") lie, in their order."""
    directory = PurePosixPath("toolchains", role)
    return [directory / f"{number}-{patch.path.name}" for number, patch in enumerate(toolchain.patches, start=1)]


def plain_script(side: Installed, role: str) -> Iterator[str]:
    """Lines of shell that compile and run "$work/case.go" without deferdiff. "$here" is the case's directory.

    Compiled and then run, since `go run` hides the exit status.
    """
    settings = list(_settings(side))
    runtime = [f"GODEBUG={shlex.quote(side.toolchain.godebug)}"] if side.toolchain.godebug else []
    if side.root is None:
        image, go = shlex.quote(side.image), shlex.quote(side.go)
        yield f"root=$(docker run --rm --network none {image} {go} env GOROOT)"
        yield from _overlay(side, role, "/case")
        variables = " ".join(f"-e {setting}" for setting in [*settings, *runtime, "GOCACHE=/tmp/cache"])
        mount = '-v "$work:/case" -w /case'
        yield f"docker run --rm --network none {mount} {variables} {image} {go} run {_flags(side, '/case')}case.go"
        return
    yield f"root=${{{role.upper()}_ROOT:-{shlex.quote(str(side.root))}}}"
    go = f'"$root"/{shlex.quote(side.go)}'
    if side.engine == "gccgo":
        yield f'{go} build -compiler gccgo -o "$work/case" "$work/case.go"'
    else:
        yield from _overlay(side, role, "$work")
        words = " ".join(['GOROOT="$root"', *settings, go])
        yield f'(cd "$work" && {words} build {_flags(side, "$work")}-o case case.go)'
    yield " ".join([*runtime, '"$work/case"'])


def _run(result: GateResult, file: str, *toolchains: str) -> list[str]:
    words = ["run", file]
    for text in toolchains:
        words += ["-t", text]
    return words if result.timeout is None else [*words, "--timeout", f"{result.timeout:g}"]


def _settings(side: Installed) -> Iterator[str]:
    """Assignments for the go command: nothing of the caller's settings may choose another toolchain."""
    yield from ("GOENV=off", "GOTOOLCHAIN=local", "GOFLAGS=", "GOWORK=off", "GO111MODULE=on")
    yield f"CGO_ENABLED={int(side.toolchain.race)}"
    for name, value in (
        ("GOARCH", side.toolchain.goarch),
        ("GOEXPERIMENT", side.toolchain.goexperiment),
    ):
        if value:
            yield f"{name}={shlex.quote(value)}"


def _flags(side: Installed, directory: str) -> str:
    """Flags of go build and go run, each with a space after it. `directory`: where `_overlay` put its list."""
    flags = [f'-overlay "{directory}/overlay.json"'] if side.overlay else []
    if side.toolchain.gcflags:
        flags.append(shlex.quote(f"-gcflags={side.toolchain.gcflags}"))
    if side.toolchain.race:
        flags.append("-race")
    return "".join(f"{flag} " for flag in flags)


def _overlay(side: Installed, role: str, directory: str) -> Iterator[str]:
    """Put the patched files and their list into "$work", which the compiler sees as `directory`."""
    if not side.overlay:
        return
    yield f'cp -R "$here/../toolchains/{role}" "$work/replaced"'
    yield "{"
    yield "    echo '{\"Replace\": {'"
    last = len(side.overlay)
    for number, path in enumerate(sorted(side.overlay), start=1):
        comma = "," if number < last else ""
        yield f'    printf \'"%s/{path}": "%s/replaced/{path}"{comma}\\n\' "$root" "{directory}"'
    yield "    echo '}}'"
    yield '} > "$work/overlay.json"'
