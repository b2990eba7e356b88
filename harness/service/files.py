"""Files that jobs and runs left, as answers. They are full of what programs print: no script of theirs gets at this
site, whatever they print."""

from __future__ import annotations

from pathlib import PurePosixPath

from fastapi import HTTPException, Response

from harness.database import artifacts, jobs
from harness.database.engine import Database

_MEDIA = {
    ".json": "application/json",
    ".jsonl": "application/jsonl",
    ".sarif": "application/sarif+json",
    ".xml": "application/xml",
    ".gz": "application/gzip",
    ".html": "text/html; charset=utf-8",
    ".svg": "image/svg+xml",
    ".md": "text/markdown; charset=utf-8",
}
"""By the ends of names; all else is plain text."""

_SHOWN = (".html", ".svg")
"""What a browser shows; all else it keeps."""

_SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; "
    "style-src 'unsafe-inline'; img-src data:",
    "Referrer-Policy": "no-referrer",
}


def answer(name: str, content: bytes, digest: str) -> Response:
    """A file by its name, which may be a path. `digest`: the same only for the same content."""
    path = PurePosixPath(name)
    kept = "inline" if path.suffix in _SHOWN else "attachment"
    file = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in path.name)
    return Response(
        content,
        media_type=_MEDIA.get(path.suffix, "text/plain; charset=utf-8"),
        headers=_SAFE | {"Content-Disposition": f'{kept}; filename="{file}"', "ETag": f'"{digest}"'},
    )


def of_job(database: Database, job: int, name: str) -> Response:
    """A file that a job left."""
    with database.reading() as session:
        digest = next((row.digest for row in jobs.results(session, job) if row.name == name), None)
    if digest is None:
        raise HTTPException(404, "the job left no such file")
    return answer(name, artifacts.read(database.files, digest), digest)
