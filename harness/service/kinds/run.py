"""A run: one program on many toolchains."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from harness.service.kinds.base import FileName, Files, Place, Request, Seconds, Text, Texts, common, option


class Run(Request):
    """`deferdiff run`: a Go program, or one of the algebra, on toolchains; the first is compared with each other."""

    kind: Literal["run"]
    program: FileName
    on: Texts = ()
    base: Text | None = None
    revert: Files = ()
    patch: Files = ()
    timeout: Seconds = 10.0
    fresh: bool = False

    def command(self, place: Place) -> list[str]:
        """See `Request.command`."""
        return [
            "run",
            self.program,
            *common(place),
            *option("toolchain", self.on),
            *option("base", self.base),
            *option("revert", self.revert),
            *option("patch", self.patch),
            *option("timeout", self.timeout),
            *option("fresh", self.fresh),
        ]

    def toolchains(self) -> Iterator[str]:
        """See `Request.toolchains`."""
        yield from self.on
        if self.base is not None:
            yield self.base

    def uses(self) -> Iterator[str]:
        """See `Request.uses`."""
        yield self.program

    def patches(self) -> Iterator[str]:
        """See `Request.patches`."""
        yield from (*self.revert, *self.patch)
