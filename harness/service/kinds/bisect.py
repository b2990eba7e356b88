"""Bisections: the release, or the hunks of a patch, with which a program began to behave as it does.

Bisections of commits are not offered: their build command would be a stranger's, and runs in no sandbox.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from harness.service.kinds.base import OUT, CaseName, FileName, Place, Request, Seconds, Text, common, option

_Release = Annotated[str, Field(pattern=r"^go[0-9]{1,3}(\.[0-9]{1,5}){1,4}$", examples=["go1.21.13"])]
_CLIENT = Place(Path("cases"), {})
"""Where a client has what all have: options that say so say nothing."""
_Jobs = Annotated[int, Field(ge=1, le=16)]


class BisectReleases(Request):
    """`deferdiff bisect releases`. `having`: what each release has beside, such as `gcflags=-l`."""

    results = ("*.svg", "*.jsonl")

    kind: Literal["bisect-releases"]
    program: FileName | CaseName
    good: _Release | None = None
    bad: _Release | None = None
    having: Text | None = None
    find_fix: bool = False
    scan: bool = False
    any_fault: bool = False
    jobs: _Jobs = 1
    timeout: Seconds = 10.0

    def command(self, place: Place) -> list[str]:
        """See `Request.command`."""
        return [
            "bisect",
            "releases",
            self.program,
            *common(place, names=False),
            *_kept(place),
            *option("good", self.good),
            *option("bad", self.bad),
            *option("with", self.having),
            *option("find-fix", self.find_fix),
            *option("scan", self.scan),
            *option("any-fault", self.any_fault),
            *option("jobs", self.jobs),
            *option("timeout", self.timeout),
        ]

    def again(self) -> str:
        """See `Request.again`."""
        return _again(self.command(_CLIENT))

    def toolchains(self) -> Iterator[str]:
        """See `Request.toolchains`."""
        yield from (release for release in (self.good, self.bad) if release is not None)
        if self.having is not None:
            yield f"go1.22.10,{self.having}"

    def uses(self) -> Iterator[str]:
        """See `Request.uses`."""
        yield from _uploaded(self.program)


class BisectHunks(Request):
    """`deferdiff bisect hunks`: the fewest hunks of `patch` that make a difference."""

    results = BisectReleases.results

    kind: Literal["bisect-hunks"]
    program: FileName | CaseName
    patch: FileName
    base: Text | None = None
    instead_of: FileName | None = None
    any_fault: bool = False
    jobs: _Jobs = 1
    timeout: Seconds = 10.0

    def command(self, place: Place) -> list[str]:
        """See `Request.command`."""
        return [
            "bisect",
            "hunks",
            self.program,
            *common(place),
            *_kept(place),
            *option("patch", self.patch),
            *option("base", self.base),
            *option("instead-of", self.instead_of),
            *option("any-fault", self.any_fault),
            *option("jobs", self.jobs),
            *option("timeout", self.timeout),
        ]

    def again(self) -> str:
        """See `Request.again`."""
        return _again(self.command(_CLIENT))

    def toolchains(self) -> Iterator[str]:
        """See `Request.toolchains`."""
        if self.base is not None:
            yield self.base

    def uses(self) -> Iterator[str]:
        """See `Request.uses`."""
        yield from _uploaded(self.program)

    def patches(self) -> Iterator[str]:
        """See `Request.patches`."""
        yield self.patch
        if self.instead_of is not None:
            yield self.instead_of


def _uploaded(program: str) -> Iterator[str]:
    """The upload that a program is, if it is no case of the operator's."""
    if "/" not in program:
        yield program


def _again(words: Sequence[str]) -> str:
    for_us = {*common(_CLIENT), *_kept(_CLIENT)}
    return shlex.join(["deferdiff", *(word for word in words if word not in for_us)])


def _kept(place: Place) -> list[str]:
    """Where the cases are, and what a bisection leaves. The log stays in the cache, so a job that is run again goes
    on where it was."""
    return [*option("cases", place.cases), f"--picture={OUT}/report.svg"]
