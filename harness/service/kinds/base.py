"""What every kind of job has: a request that is checked before anything runs, and the command that it means.

A client is a stranger. What it names are its own uploads, the cases and names that the operator gave, and releases;
never a file of the machine. Options are written `--name=value`, so that no value can pass for an option.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlalchemy.orm import Session

from harness.errors import BadPatch, BadToolchain, UsageError
from harness.model import Patch
from harness.toolchain import Names, base_of, overlay, text

OUT = "out"
"""The directory of a job's results, in the directory in which its command runs."""

LARGEST_FILE = 1 << 20
"""Characters of one uploaded file."""

ACCEPTED = "accepted.yaml"
"""What was accepted in the service's database, beside a command that asks for it."""

RESERVED = ("toolchains.yaml", ACCEPTED)
"""Files of these names beside a command give names to toolchains, or excuse differences: that is the operator's to
do."""

Keep = Callable[[Session, Path, datetime], int | None]
"""Keeps what a job found, in a transaction of the caller's: with the place of files, and the time there. Gives the
number of a recorded run, if it is one. Raises `DatabaseFailed`."""

FileName = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,99}\.(go|yaml|patch|diff)$", examples=["program.go"])
]
"""The name of an upload: no path."""
Text = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]+$", examples=["go1.22.10"])]
"""One line. Of a toolchain: see `harness.toolchain.text`; patches that it names are uploads."""
Files = Annotated[tuple[FileName, ...], Field(max_length=8, strict=False)]
Texts = Annotated[tuple[Text, ...], Field(max_length=100, strict=False)]
CaseName = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,100}/[a-z0-9-]{1,100}$", examples=["recover/helper"])]
Seconds = Annotated[float, Field(ge=0.1, le=3600)]
"""How long one run of one program may take."""


class BadRequest(UsageError):
    """A request that a model of its own cannot refuse: it names what is not there, or what it may not name."""


@dataclass(frozen=True, slots=True)
class Place:
    """What an operator gives to all jobs. `local`: whether clients may name images and trees of this machine;
    `scheduler`: the address of a dask cluster, for jobs that have work for many machines."""

    cases: Path
    names: Names
    names_file: Path | None = None
    policy: Path | None = None
    sandbox: Literal["auto", "docker", "process"] = "auto"
    local: bool = False
    scheduler: str | None = None


class Upload(BaseModel):
    """A file that comes with a request: a patch or a program, as text."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: FileName
    text: Annotated[str, Field(max_length=LARGEST_FILE)]

    @model_validator(mode="after")
    def _is_no_other(self) -> Upload:
        if self.name in RESERVED:
            raise ValueError(f"a file cannot be called {self.name}: that is a file of the service's own")
        if "\0" in self.text:
            raise ValueError(f"{self.name}: has a zero character, so it is no text")
        return self


class Request(BaseModel):
    """Base of all kinds. `results`: which files below `OUT` are results, as globs; `excused`: whether its command
    reads what was accepted, from `ACCEPTED`."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    results: ClassVar[Sequence[str]] = ()
    excused: ClassVar[bool] = False

    files: Annotated[tuple[Upload, ...], Field(max_length=16, strict=False)] = ()

    def command(self, place: Place) -> list[str]:
        """The words after `deferdiff`, run in a directory that has the uploads."""
        raise NotImplementedError

    def again(self) -> str:
        """The command with which its client repeats it, the uploads beside them: it names nothing of this machine. ""
        for a kind whose command tells no such thing."""
        return ""

    def toolchains(self) -> Iterator[str]:
        """All texts of toolchains in it."""
        raise NotImplementedError

    def uses(self) -> Iterator[str]:
        """The names of uploads in it, apart from those in texts of toolchains."""
        raise NotImplementedError

    def patches(self) -> Iterator[str]:
        """Those of `uses` that must be patches of Go."""
        yield from ()

    def found(self, out: Path) -> Keep | None:
        """What of the results in `out` belongs into the history, None if nothing does. Raises `BadRun`, `BadCampaign`
        for what cannot be read."""
        return None

    def check(self, place: Place) -> None:
        """Raise `BadRequest`, `BadToolchain` or `BadPatch` for what no worker could or should do."""
        texts = {upload.name: upload.text for upload in self.files}
        if len(texts) < len(self.files):
            raise BadRequest("files: two have the same name")
        patches = [*self.patches(), *(name for said in self.toolchains() for name in _check(said, place))]
        used = {*self.uses(), *patches}
        for name in sorted(used - set(texts)):
            raise BadRequest(f"{name}: no such file was uploaded: add it to files")
        for name in sorted(set(texts) - used):
            raise BadRequest(f"{name}: was uploaded, but nothing in the request names it")
        for name in sorted(set(patches)):
            overlay.refuse(Patch(path=Path(name), text=texts[name], reverse=False))


def _check(said: str, place: Place) -> tuple[str, ...]:
    """The uploads that a toolchain's text names; refuse what it may not name."""
    base, patches = text.spoken(said)
    if not place.local and base.partition(":")[0] in ("image", "goroot") and ":" in base:
        raise BadToolchain(f"{said}: images and trees of the machine are not for clients of this service")
    base_of(said, place.names)
    for name in patches:
        if PurePosixPath(name).name != name:
            raise BadPatch(f"{said}: {name}: a patch is an uploaded file, named without a directory")
    return patches


def option(name: str, value: object) -> list[str]:
    """`--name=value`; nothing for None or False, `--name` for True, one for each of a sequence."""
    match value:
        case None | False:
            return []
        case True:
            return [f"--{name}"]
        case tuple():
            return [word for each in value for word in option(name, each)]
        case _:
            return [f"--{name}={value}"]


def common(place: Place, *, names: bool = True) -> list[str]:
    """Options that every command has. `names`: whether it takes a file of names for toolchains."""
    return ["--json", *option("sandbox", place.sandbox), *(option("toolchains", place.names_file) if names else [])]
