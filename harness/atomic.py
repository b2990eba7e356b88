"""A file that is there whole or not at all, whoever else writes it at the same time."""

from __future__ import annotations

import tempfile
from pathlib import Path


def replace(file: Path, content: bytes) -> None:
    """Put a new file in place of `file` at once, with the permissions that a new file gets. The directory must be
    there. Raises `OSError`, and leaves nothing behind then."""
    # A directory of its own and no name of its own: a process may have many threads that write the same file.
    with tempfile.TemporaryDirectory(dir=file.parent, prefix=".") as scratch:
        made = Path(scratch) / file.name
        made.write_bytes(content)
        made.replace(file)
