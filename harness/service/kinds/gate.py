"""A gate: the operator's cases on the toolchain before and the toolchain after a change."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field
from sqlalchemy.orm import Session

from harness.database import runs
from harness.report import formats, stored
from harness.service.kinds.base import (
    ACCEPTED,
    OUT,
    Files,
    Keep,
    Place,
    Request,
    Seconds,
    Text,
    Texts,
    common,
    option,
)


class Gate(Request):
    """`deferdiff gate`: two toolchains, or a base with and without patches."""

    results = ("*.json", "run.json.gz", "*.xml", "*.md", "*.svg", "*.html", "*.sarif", "rerun/**/*")

    excused = True

    kind: Literal["gate"]
    pre: Text | None = None
    post: Text | None = None
    base: Text | None = None
    revert: Files = ()
    patch: Files = ()
    suite: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,100}$")] = "default"
    only: Texts = ()
    timeout: Seconds = 10.0
    fresh: bool = False

    def command(self, place: Place) -> list[str]:
        """See `Request.command`."""
        return [
            "gate",
            *common(place),
            f"--out={OUT}",
            *option("cases", place.cases),
            *option("policy", place.policy),
            f"--accepted={ACCEPTED}",
            *option("pre", self.pre),
            *option("post", self.post),
            *option("base", self.base),
            *option("revert", self.revert),
            *option("patch", self.patch),
            *option("suite", self.suite),
            *option("only", self.only),
            *option("timeout", self.timeout),
            *option("fresh", self.fresh),
        ]

    def found(self, out: Path) -> Keep | None:
        """See `Request.found`."""
        if not (out / stored.NAME).exists():
            return None
        result = stored.read(out).result
        names = (name for name in (formats.JSON.file, stored.NAME) if (out / name).is_file())
        attached = {name: (out / name).read_bytes() for name in names}

        def keep(session: Session, files: Path, _now: datetime) -> int:
            return runs.record(session, files, result, attached)

        return keep

    def toolchains(self) -> Iterator[str]:
        """See `Request.toolchains`."""
        yield from (said for said in (self.pre, self.post, self.base) if said is not None)

    def uses(self) -> Iterator[str]:
        """See `Request.uses`."""
        yield from ()

    def patches(self) -> Iterator[str]:
        """See `Request.patches`."""
        yield from (*self.revert, *self.patch)
