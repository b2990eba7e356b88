"""What `wasm.WasmSandbox` tells its host (`wasmhost`), which alone needs wasmtime."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Orders:
    """What to run. `directory`: what the module may read; `output`: the start of its files' names (`.stdout`,
    `.stderr`, `.trace`); sizes in bytes, `cpu` in seconds. Without a job it is compiled only."""

    module: str
    directory: str = ""
    output: str = ""
    job: str = ""
    env: dict[str, str] = field(default_factory=dict)
    memory: int = 0
    file: int = 0
    cpu: float = 0

    def text(self) -> str:
        """As they are given to the process."""
        return json.dumps(asdict(self))


def compiled(module: Path) -> Path:
    """Where a module is kept as the machine's code."""
    return module.with_suffix(".cwasm")
