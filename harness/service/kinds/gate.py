"""A gate: the operator's cases on the toolchain before and the toolchain after a change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from harness.service.kinds.base import OUT, Files, Place, Request, Seconds, Text, Texts, common, option


class Gate(Request):
    """`deferdiff gate`: two toolchains, or a base with and without patches."""

    results = ("*.json", "run.json.gz", "*.xml", "*.md", "*.svg", "*.html", "*.sarif", "rerun/**/*")

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

    def toolchains(self) -> Iterator[str]:
        """See `Request.toolchains`."""
        yield from (said for said in (self.pre, self.post, self.base) if said is not None)

    def uses(self) -> Iterator[str]:
        """See `Request.uses`."""
        yield from ()

    def patches(self) -> Iterator[str]:
        """See `Request.patches`."""
        yield from (*self.revert, *self.patch)
