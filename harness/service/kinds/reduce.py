"""A reduction: the smallest program with the same difference."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from harness.service.kinds.base import OUT, Place, Request, Seconds, Text, common, option


class Reduce(Request):
    """`deferdiff reduce`: a program of the algebra on the toolchain on which it differs."""

    results = ("smallest.yaml", "smallest.go")

    kind: Literal["reduce"]
    program: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,99}\.yaml$", examples=["program.yaml"])]
    on: Text
    tier: Literal["data", "source"] | None = None
    timeout: Seconds = 10.0

    def command(self, place: Place) -> list[str]:
        """See `Request.command`."""
        return [
            "reduce",
            self.program,
            *common(place),
            *option("toolchain", self.on),
            f"--out={OUT}/smallest.yaml",
            *option("tier", self.tier),
            *option("timeout", self.timeout),
        ]

    def toolchains(self) -> Iterator[str]:
        """See `Request.toolchains`."""
        yield self.on

    def uses(self) -> Iterator[str]:
        """See `Request.uses`."""
        yield self.program
