"""The Go side: putting trace calls into Go source, and the Go module in which a batch of cases is compiled.

    syntax -> names -> callees -> walker -> instrument -> layout -> report

`go/` holds Go sources that go into every such module: the trace package, the driver, the supervisor.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path


@cache
def digest() -> str:
    """Hex SHA-256 over all of the Go side, Python and Go: what it was when a run was made decides what it shows."""
    here = Path(__file__).parent
    whole = hashlib.sha256()
    for path in sorted(p for p in here.rglob("*") if p.suffix in {".py", ".go", ".s", ".mod"}):
        content = path.read_bytes()
        whole.update(f"{path.relative_to(here).as_posix()}\0{len(content)}\0".encode() + content)
    return whole.hexdigest()
