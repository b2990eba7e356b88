"""`deferdiff gate --server URL`: the same gate, run by a service; the same reports and exit status.

The service runs its own cases by its own policy. Patches go with the job; what it saw comes back whole, and the
reports are made here.
"""

from __future__ import annotations

import sys
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
            files.append({"name": f"patch-{len(files) + 1}.patch", "text": patch.text})
            patches.append(replace(patch, path=Path(files[-1]["name"])))
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


def gate(remote: Remote, job: dict[str, Any], out: Path, *, as_json: bool) -> Status:
    """Have the job done, write its reports into `out`, print the summary. Ctrl-C cancels it."""
    with options.interruptible() as stop:
        with live.progress() as progress:
            ended = remote.wait(remote.submit(job), stop, lambda job: progress.note(_told(job)))
        if not ended.is_done:
            remote.cancel(ended)
            raise KeyboardInterrupt
    result = replace(_result(remote, ended), directory=Path.cwd(), command="")
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
