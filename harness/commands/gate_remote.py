"""`deferdiff gate --server URL`: the same gate, run by a service; the same reports and exit status.

The service runs its own cases by its own policy. Patches go with the job; what it saw comes back whole, and the
reports are made here.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Container
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

from harness.commands import options
from harness.errors import BadSubmission, RemoteFailed
from harness.model import Toolchain
from harness.policy import Status
from harness.remote import Job, Remote
from harness.report import jsonfile, live, stored, terminal
from harness.report.result import GateResult
from harness.report.write import write_all
from harness.toolchain.text import canonical


def request(sides: options.Pair, *, suite: str, only: list[str], timeout: float, fresh: bool) -> dict[str, Any]:
    """The job, with the patches of both toolchains as uploads."""
    files: list[dict[str, str]] = []

    def uploaded(toolchain: Toolchain) -> str:
        patches = []
        for patch in toolchain.patches:
            name = _name(patch.path, {file["name"] for file in files})
            files.append({"name": name, "text": patch.text})
            patches.append(replace(patch, path=Path(name)))
        return canonical(replace(toolchain, patches=tuple(patches)))

    return {
        "kind": "gate",
        "pre": uploaded(sides.pre),
        "post": uploaded(sides.post),
        "suite": suite,
        "only": only,
        "timeout": timeout,
        "fresh": fresh,
        "files": files,
    }


def _name(patch: Path, taken: Container[str]) -> str:
    """What an upload is called: as the file is, as far as a service takes that, and as no other upload of the job."""
    stem = re.sub(r"[^A-Za-z0-9_-]+", "-", patch.stem).lstrip("-_")[:80] or "patch"
    names = [f"{stem}.patch", *(f"{stem}-{number}.patch" for number in range(2, 100))]
    return next(name for name in names if name not in taken)


def gate(remote: Remote, sides: options.Pair, job: dict[str, Any], out: Path, *, as_json: bool) -> Status:
    """Have the job done, write its reports into `out`, print the summary. Ctrl-C cancels it.

    The reports name the patches as they lie here, so that what repeats a case can be run here."""
    with options.interruptible() as stop:
        with live.progress() as progress:
            ended = remote.wait(remote.submit(job), stop, lambda job: progress.note(_told(job)))
        if not ended.is_done:
            remote.cancel(ended)
            raise KeyboardInterrupt
    seen = _result(remote, ended)
    pre, post = replace(seen.pre, toolchain=sides.pre), replace(seen.post, toolchain=sides.post)
    result = replace(seen, pre=pre, post=post, directory=Path.cwd(), command="")
    written = write_all(result, out)
    if as_json:
        sys.stdout.write(jsonfile.render(result))
    else:
        terminal.console().print(terminal.summary(result, written))
    assert ended.status is not None, "it has a result"
    return Status(ended.status)


def _result(remote: Remote, job: Job) -> GateResult:
    """What the gate saw. Raises `BadSubmission` or `RemoteFailed` if it saw nothing."""
    told = f"job {job.number} of the service: {job.message or job.state}"
    if job.state != "finished" or job.status is None:
        raise RemoteFailed(told)
    if job.status == Status.USAGE:
        raise BadSubmission(told)
    if stored.NAME not in remote.results(job):
        raise RemoteFailed(told)
    return stored.load(BytesIO(remote.result(job, stored.NAME)), f"job {job.number}: {stored.NAME}").result


def _told(job: Job) -> str:
    phase = f", {job.phase}" if job.phase else ""
    done = f" {job.percent} %" if job.percent is not None else ""
    return f"job {job.number} of the service: {job.state}{phase}{done}"
