"""Jobs that are over, with what they left."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from harness.database import artifacts, jobs, queue
from harness.database.engine import Database
from harness.database.jobs import Asked
from harness.database.queue import File


def asked(database: Database, request: Mapping[str, Any]) -> int:
    """A job that waits; its number."""
    text = json.dumps(request)
    with database.writing() as session:
        row, _ = jobs.submit(session, Asked(request["kind"], text[:64], text, "t", 0, 100), datetime.now(UTC))
        return row.id


def finished(
    database: Database,
    request: Mapping[str, Any],
    result: object,
    status: int = 0,
    message: str = "said at its end",
    **files: bytes,
) -> int:
    """A job that has come to an end; its number. `files`: more of them, `_` for the dot of a name."""
    number = asked(database, request)
    contents = {"result.json": json.dumps(result).encode(), "log.txt": b"done\n"}
    contents |= {name.replace("_", "."): content for name, content in files.items()}
    with database.writing() as session:
        now = datetime.now(UTC)
        held = queue.claim(session, "worker", timedelta(seconds=60), now)
        assert held is not None
        assert held.job == number
        kept = {
            name: File(artifacts.keep(session, database.files, content), len(content))
            for name, content in contents.items()
        }
        queue.finish(session, held, status, message, kept, now)
    return number


def side(toolchain: str, stdout: str | None, outcome: str = "conforms", **more: Any) -> dict[str, Any]:
    """What one toolchain says, in a result of `run`."""
    plain = {"detail": "", "divergence": None, "stderr": "", "ending": "exit status 0"}
    return {"toolchain": toolchain, "outcome": outcome, "stdout": stdout, **plain, **more}
