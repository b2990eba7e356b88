"""What a result was made with, as hashes: two results can be put together only if these are the same."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import oracle
from harness.golang import shapes

_DRIVER = Path(shapes.__file__).parent / "go"
_DATA = Path(__file__).parent / "data"
_GENERATOR = ("chunk", "compiled", "everything", "source", "tables", "wire")


@cache
def model_digest() -> str:
    """Hex SHA-256 over the sources of the oracle."""
    return _digest((path.name, path.read_bytes()) for path in sorted(Path(oracle.__file__).parent.glob("*.py")))


@cache
def driver_digest() -> str:
    """Hex SHA-256 over the sources of the data tier's driver, whose shapes are those of the newest release."""
    files = sorted(path for path in _DRIVER.glob("d*/**/*") if path.is_file())
    fixed = [(str(path.relative_to(_DRIVER)), path.read_bytes()) for path in files]
    made = [(name, text.encode()) for name, text in shapes.source(shapes.RANGE_OVER_FUNC).files.items()]
    return _digest((*fixed, *made))


@cache
def generator_digest() -> str:
    """Hex SHA-256 over what makes the programs of the data tier: what a chunk of a seed is depends on it."""
    return _digest((name, (_DATA / f"{name}.py").read_bytes()) for name in _GENERATOR)


def _digest(files: Iterable[tuple[str, bytes]]) -> str:
    whole = hashlib.sha256()
    for name, content in files:
        whole.update(f"{name}\0{len(content)}\0".encode() + content)
    return whole.hexdigest()
