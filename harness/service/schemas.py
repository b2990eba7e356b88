"""What goes over HTTP, apart from the kinds of jobs (`kinds`). Unknown keys are refused."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from harness.database.jobs import JobRow, State
from harness.service.kinds import Kind

Number = Annotated[int, Field(ge=1, lt=1 << 31)]


class _Given(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Hook(_Given):
    """Who wants to be told of a job's end: the message is signed with `secret` (see `harness.service.webhooks`)."""

    url: Annotated[str, Field(max_length=2000, pattern=r"^https?://[^\s/?#@\\]+(/[!-~]*)?$")]
    secret: Annotated[str, Field(min_length=16, max_length=200, pattern=r"^[!-~]+$")]


class Submission(_Given):
    """A job to be done. `reuse`: an identical one that has finished is as good as a new one; an identical one that is
    not done yet always is."""

    request: Kind
    priority: Annotated[int, Field(ge=-100, le=100)] = 0
    reuse: bool = False
    webhook: Hook | None = None


class JobView(BaseModel):
    """A job. `status`: the exit status of its command: 0 agree, 1 difference, 2 bad input, 3 machinery failed, 125
    cannot be tested. `tail`: the last lines of its log. `percent`: of the phase, where that is known. `run`: the
    number of the recorded run of the gate that it was."""

    id: int
    kind: str
    state: State
    cancel: bool
    status: int | None
    message: str
    phase: str
    percent: int | None
    tail: str
    priority: int
    attempt: int
    created: datetime
    started: datetime | None
    ended: datetime | None
    revision: int
    run: int | None

    @classmethod
    def of(cls, row: JobRow) -> JobView:
        """As the database has it."""
        return cls.model_validate(row, from_attributes=True)


class ResultView(BaseModel):
    """A file that a job left."""

    name: str
    size: int
    sha256: str
    url: str


class Problem(BaseModel):
    """Why not: one line."""

    detail: str
