"""Cases -> binaries: lays the cases out as one Go module and compiles it in the toolchain's sandbox. One stage.

A case that does not compile costs only itself: it gets its compiler's words, and the rest are compiled without it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from harness.errors import BadPatch, SandboxFailed
from harness.golang.layout import MODULE, Layout, batch
from harness.golang.report import defer_kinds, is_defer_report
from harness.model import Build, Case, Ending, Exited, Installed
from harness.sandbox import Finished, Limits, Sandbox
from harness.toolchain import use

COMPILER = Limits(wall=600, cpu=1200, memory=4 << 30, processes=512, output=16 << 20, disk=2 << 30)
"""What a compiler may use: it is trusted, but it may not hang."""


@dataclass(frozen=True, slots=True)
class Built:
    """A batch that was compiled: its layout (of the cases that compiled), and the build of every case by its name."""

    layout: Layout
    builds: dict[str, Build] = field(default_factory=dict)


def build(sandbox: Sandbox, installed: Installed, cases: Sequence[Case]) -> Built:
    """Compile `cases`, plain and traced, into the binaries of their layout below `bin/` in the sandbox.

    Raises `BadPatch` if a patched file does not compile, and `SandboxFailed` if the go command fails for another
    reason that is no case's.
    """
    failed: dict[str, Build] = {}
    remaining = list(cases)
    share = True
    while True:
        layout = batch(remaining, go_line(installed.release), share=share)
        finished = compile_module(sandbox, installed, layout.files)
        text = finished.stderr.decode("utf-8", errors="replace")
        if finished.ending == Exited(0):
            kinds = defer_kinds(layout, text) if installed.engine == "gc" else {}
            return Built(layout, {p.case: Build(p.case, "", kinds.get(p.case, {})) for p in layout.placed} | failed)
        if patched := _patch_failure(installed, text):
            raise BadPatch(f"{installed.toolchain.name}: with its patches it does not compile: {patched}")
        failures = _failures(layout, text)
        if not failures and layout.sharing:
            # The compiler itself may have failed, which tells of a package only.
            share = False
            continue
        if not failures:
            raise SandboxFailed(
                f"{installed.toolchain.name}: the go command failed: {_last_words(finished.ending, text)}"
            )
        failed |= {name: Build(name, words) for name, words in failures.items()}
        remaining = [case for case in remaining if case.name not in failures]
        if not remaining:
            return Built(batch((), go_line(installed.release)), failed)


def compile_module(sandbox: Sandbox, installed: Installed, files: Mapping[str, bytes]) -> Finished:
    """Compile all commands of a module, whose files these are, into `bin/`: the go command's end."""
    sandbox.put({**files, **_overlay(sandbox, installed)})
    return sandbox.execute(
        _command(sandbox, installed), env=environment(sandbox, installed), cwd=".", limits=COMPILER
    )


def compile_whole(sandbox: Sandbox, installed: Installed, files: Mapping[str, bytes]) -> str:
    """Compile a module of ours, which must compile; return what the compiler said. Raises as `build` does."""
    finished = compile_module(sandbox, installed, files)
    text = finished.stderr.decode("utf-8", errors="replace")
    if finished.ending != Exited(0):
        if patched := _patch_failure(installed, text):
            raise BadPatch(f"{installed.toolchain.name}: with its patches it does not compile: {patched}")
        raise SandboxFailed(
            f"{installed.toolchain.name}: the go command failed: {_last_words(finished.ending, text)}"
        )
    return text


def go_line(release: str) -> str:
    """The language version of a release: "1.22" for 1.22.10. Cases get the rules that its users get."""
    return ".".join(release.split(".")[:2])


def environment(sandbox: Sandbox, installed: Installed) -> dict[str, str]:
    """The go command's whole environment: nothing is fetched, nothing is read from this machine's configuration."""
    return {
        **use.environment(installed, sandbox.goroot),
        "HOME": sandbox.work,
        "TMPDIR": f"{sandbox.work}/tmp",
        "GOCACHE": sandbox.cache,
        "GOPATH": f"{sandbox.work}/gopath",
        "GOOS": "wasip1" if installed.toolchain.goarch == "wasm" else "linux",
    }


def _command(sandbox: Sandbox, installed: Installed) -> list[str]:
    command = [use.command(installed, sandbox.goroot), "build", "-trimpath", "-o", "bin/"]
    command += use.flags(installed, sandbox.goroot)
    if installed.engine == "gc":
        flags = " ".join(filter(None, ("-d=defer", installed.toolchain.gcflags)))
        command.append(f"-gcflags={MODULE}/...={flags}")
    if installed.overlay:
        command.append("-overlay=overlay.json")
    if installed.toolchain.race:
        command.append("-race")
    return [*command, "./cmd/..."]


def _overlay(sandbox: Sandbox, installed: Installed) -> dict[str, bytes]:
    """The patched files of GOROOT and the list that puts them in place of the toolchain's own."""
    scratch = {"tmp/.keep": b""}
    if not installed.overlay:
        return scratch
    replace = {f"{sandbox.goroot}/{path}": f"{sandbox.work}/overlay/{path}" for path in installed.overlay}
    files = {f"overlay/{path}": text.encode() for path, text in installed.overlay.items()}
    return {**scratch, **files, "overlay.json": json.dumps({"Replace": replace}).encode()}


def _failures(layout: Layout, text: str) -> Mapping[str, str]:
    """Case -> the compiler's words about it, with its own file's name in them.

    The go command heads each package's words with "# " and its path; a compiler that crashes may name no line.
    """
    words: dict[str, list[str]] = {}
    package = None
    for line in text.splitlines():
        if line.startswith("# "):
            package = layout.case_at(line.removeprefix("# ").strip())
            continue
        path, colon, rest = line.partition(":")
        place = layout.case_at(path)
        found = place or package
        if found is not None and line.strip() and not is_defer_report(line):
            case = found[0].case
            words.setdefault(case, []).append(f"{case}.go{colon}{rest}" if place else f"{case}.go: {line.strip()}")
    return {case: "\n".join(dict.fromkeys(lines)) for case, lines in words.items()}


def _patch_failure(installed: Installed, text: str) -> str:
    """The compiler's first complaint about a patched file, with its path below GOROOT; "" if there is none."""
    for line in text.splitlines():
        place, _, rest = line.partition(":")
        path = next((p for p in installed.overlay if place.endswith(f"overlay/{p}")), None)
        if path is not None:
            return f"{path}:{rest}"
    return ""


def _last_words(ending: Ending, text: str) -> str:
    said = [line.strip() for line in text.splitlines() if line.strip() and not is_defer_report(line)]
    words = " | ".join(line for line in said if not line.startswith("# "))[-400:] or "it said nothing"
    return words if isinstance(ending, Exited) else f"{words} ({ending})"
