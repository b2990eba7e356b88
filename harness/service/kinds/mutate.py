"""A mutation score: how many small changes to the runtime's defer logic the cases notice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from harness.service.kinds.base import OUT, FileName, Place, Request, Seconds, Text, common, option


class Mutate(Request):
    """`deferdiff mutate`: of the defer logic, or of what a patch adds."""

    results = ("*.json", "*.html")

    kind: Literal["mutate"]
    base: Text | None = None
    patch: FileName | None = None
    file: Annotated[str | None, Field(pattern=r"^src/[a-z0-9_]+(/[a-z0-9_]+)*\.go$", max_length=200)] = None
    functions: Annotated[str | None, Field(pattern=r"^\w+(,\w+)*$", max_length=1000)] = None
    first: Annotated[int | None, Field(ge=1, le=100_000)] = None
    every: Annotated[int, Field(ge=1, le=100_000)] = 1
    jobs: Annotated[int, Field(ge=1, le=16)] = 2
    timeout: Seconds = 5.0

    def command(self, place: Place) -> list[str]:
        """See `Request.command`."""
        return [
            "mutate",
            *common(place),
            f"--out={OUT}",
            *option("cases", place.cases),
            *option("base", self.base),
            *option("patch", self.patch),
            *option("file", self.file),
            *option("functions", self.functions),
            *option("first", self.first),
            *option("every", self.every),
            *option("jobs", self.jobs),
            *option("timeout", self.timeout),
        ]

    def toolchains(self) -> Iterator[str]:
        """See `Request.toolchains`."""
        if self.base is not None:
            yield self.base

    def uses(self) -> Iterator[str]:
        """See `Request.uses`."""
        yield from ()

    def patches(self) -> Iterator[str]:
        """See `Request.patches`."""
        if self.patch is not None:
            yield self.patch
