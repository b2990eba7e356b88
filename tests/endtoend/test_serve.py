"""`deferdiff serve` as a process: what kills it loses nothing, and what is cancelled leaves nothing."""

from __future__ import annotations

import json
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.cluster import Machines
from tests.endtoend.served import ENDLESS, PREPARED, Site, begun, command, marked
from tests.endtoend.tool import CASES, FAULTS, environment, processes_below
from tests.harness.service.standin import AGREES, SLEEPS, STANDIN, events, request, until
from tests.harness.service.test_webhooks import receiving

PROGRAM = """package main

import "fmt"

func f() (n int) {
	defer func() { n++ }()
	defer func() { recover() }()
	panic("boom")
}

func main() { fmt.Println(f()) }
"""


def test_killed_while_a_job_waits(site: Site) -> None:
    with site.serve("--workers", "0") as first:
        job = first.submit(request(marked(site)))
        first.kill()
    with site.serve() as second:
        assert second.until(job, "finished")["attempt"] == 1
    assert begun(site) == 1


def test_killed_while_a_job_runs(site: Site) -> None:
    wait = f"import time\nif not pathlib.Path({str(site.tool.home / 'go')!r}).exists(): time.sleep(1000)\n"
    with site.serve() as first:
        job = first.submit(request(marked(site, wait + AGREES)))
        until(lambda: begun(site))
        below = processes_below(first.process.pid)
        first.kill()
    (site.tool.home / "go").touch()
    with site.serve() as second:
        found = second.until(job, "finished")
        assert (found["status"], found["attempt"]) == (0, 2)
    assert begun(site) == 2
    until(lambda: not [pid for pid, words in below.items() if command(pid) == words])


@pytest.mark.parametrize(("phase", "times"), [("claimed", 1), ("storing", 2)])
def test_killed_in_a_phase_of_a_job(site: Site, phase: str, times: int) -> None:
    """`times`: how often the command runs in all."""
    _is_run_again(site, phase, times)


def test_killed_before_what_came_of_a_job_is_committed(any_site: Site) -> None:
    """The database has been told of it, and takes it back."""
    _is_run_again(any_site, "finishing", 2)


def _is_run_again(site: Site, phase: str, times: int) -> None:
    with site.serve("--workers", "0") as first:
        job = first.submit(request(marked(site)))
    with site.serve(dies=phase) as second:
        assert second.process.wait(60) == -signal.SIGKILL
    with site.serve() as third:
        assert third.until(job, "finished")["attempt"] == 2
        names = [one["name"] for one in third.client.get(f"/api/v1/jobs/{job}/results").json()]
        assert names == ["log.txt", "result.json"]
    assert begun(site) == times


@pytest.mark.parametrize(("phase", "times"), [("finished", 1), ("telling", 1), ("told", 2)])
def test_killed_before_a_client_is_known_to_be_told(site: Site, phase: str, times: int) -> None:
    """The job is not run again. The client is told, `times` in all: each time under the same number."""
    with receiving() as receiver:
        with site.serve("--workers", "0") as first:
            hook = {"url": receiver.url, "secret": "a-secret-of-sixteen"}
            job = first.submit(request(marked(site), webhook=hook))
        with site.serve("--private-webhooks", dies=phase) as second:
            assert second.process.wait(60) == -signal.SIGKILL
        with site.serve("--private-webhooks") as third:
            found = third.job(job)
            assert (found["state"], found["status"], found["attempt"]) == ("finished", 0, 1)
            until(lambda: len(receiver.got) == times)
            third.process.send_signal(signal.SIGTERM)
            assert third.process.wait(60) == 0
    assert [json.loads(body)["state"] for _, body in receiver.got] == ["finished"] * times
    assert len({headers["Deferdiff-Delivery"] for headers, _ in receiver.got}) == 1
    assert begun(site) == 1


def test_killed_after_a_job_has_finished(site: Site) -> None:
    with site.serve() as first:
        job = first.submit(request(marked(site)))
        was = first.until(job, "finished")
        first.kill()
    with site.serve() as second:
        other = second.submit(request(AGREES + "\n"))
        second.until(other, "finished")
        assert second.job(job) == was
        assert second.client.get(f"/api/v1/jobs/{job}/results/result.json").text == "{}\n"
    assert begun(site) == 1


def test_a_worker_of_its_own_is_killed_and_another_one_goes_on(site: Site) -> None:
    with site.serve("--workers", "0") as service:
        job = service.submit(request(SLEEPS))
        words = [sys.executable, "-c", PREPARED.format(standin=STANDIN, dies=""), "serve", "--only-worker"]
        words += ["--sandbox", "process", "--database", "service.sqlite3"]
        for attempt in (1, 2):
            worker = subprocess.Popen(words, cwd=site.tool.home, env=environment(site.tool.cache))
            until(lambda wanted=attempt: service.job(job)["attempt"] == wanted)  # type: ignore[misc]
            worker.kill()
            worker.wait()


def test_told_to_end_it_gives_its_job_back(site: Site) -> None:
    with site.serve() as first:
        job = first.submit(request(SLEEPS))
        first.until(job, "running")
        below = processes_below(first.process.pid)
        assert below
        first.process.send_signal(signal.SIGTERM)
        assert first.process.wait(60) == 0
        assert processes_below(first.process.pid) == {}
    with site.serve("--workers", "0") as second:
        assert second.job(job)["state"] == "queued"


@pytest.mark.toolchain
def test_a_program_on_two_toolchains(site: Site) -> None:
    with site.serve(standin=False) as service:
        files = [{"name": "program.go", "text": PROGRAM}]
        job = service.submit({"request": {"kind": "run", "program": "program.go", "on": ["post"], "files": files}})
        told = events(service.client.get(f"/api/v1/jobs/{job}/events").text)
        assert (told[-1]["state"], told[-1]["status"]) == ("finished", 0), told[-1]
        result = json.loads(service.client.get(f"/api/v1/jobs/{job}/results/result.json").text)
        assert [row["stdout"] for row in result["toolchains"]] == ["1\n"]
        assert result["program"] == "program.go"
        bomb = [{"name": "b.yaml", "text": "a: &a [x, x]\nb: &b [*a, *a]\nfunctions: [*b, *b]\n"}]
        bad = service.submit({"request": {"kind": "run", "program": "b.yaml", "files": bomb}})
        found = service.until(bad, "finished")
        assert found["status"] == 2
        assert "alias *a: write the value out" in found["message"]


@pytest.mark.toolchain
def test_the_command_that_repeats_a_bisection_is_one_for_its_reader(site: Site) -> None:
    family = site.tool.home / "cases" / "goexit"
    family.mkdir()
    shutil.copy(CASES / "goexit" / "second-panic-recovered.go", family / "of-the-service.go")
    with site.serve("--cases", str(site.tool.home / "cases"), standin=False) as service:
        asked = {"kind": "bisect-releases", "program": "goexit/of-the-service", "bad": "go1.22.10", "find_fix": True}
        found = service.until(service.submit({"request": asked}), "finished")
        assert found["status"] == 1, found
        result = json.loads(service.client.get(f"/api/v1/jobs/{found['id']}/results/result.json").text)
    assert str(site.tool.home) not in result["again"]
    first, *words = shlex.split(result["again"])
    again = site.tool(*words, "--json")
    assert (first, again.status) == ("deferdiff", 1), again.stderr
    assert json.loads(again.stdout)["found"] == result["found"]


@pytest.mark.toolchain
def test_cancelling_leaves_no_sandbox(site: Site) -> None:
    with site.serve(standin=False) as service:
        upload = [{"name": "program.go", "text": ENDLESS}]
        asked = {"kind": "run", "program": "program.go", "on": ["post"], "timeout": 600.0, "files": upload}
        job = service.submit({"request": asked})
        until(lambda: any("supervise" in words for words in processes_below(service.process.pid).values()))
        service.client.post(f"/api/v1/jobs/{job}/cancel")
        assert service.until(job, "cancelled")["status"] is None
        assert processes_below(service.process.pid) == {}


@pytest.mark.toolchain
def test_a_campaign_whose_programs_a_cluster_makes(site: Site, tmp_path: Path) -> None:
    """One that goes on without a cluster would not be the one that was asked for: what is missing is told."""
    asked = {"request": {"kind": "fuzz", "on": ["go1.22.10"], "programs": 2000, "seed": 4}}
    with ExitStack() as stack:
        machines = Machines(stack, tmp_path)
        machines.worker()
        with site.serve("--scheduler", machines.address, standin=False) as service:
            found = service.until(service.submit(asked), "finished")
            assert (found["status"], found["attempt"]) == (0, 1), found["message"]
            machines.scheduler.kill()
            machines.scheduler.wait()
            found = service.until(service.submit(asked), "finished")
            assert found["status"] == 3
            assert found["message"].startswith(f"{machines.address}: no dask scheduler answers: ")


def test_an_upload_that_is_cut_off_is_no_job(site: Site) -> None:
    with site.serve() as service:
        where = service.client.base_url
        with socket.create_connection((where.host, where.port or 80)) as cut:
            head = f"POST /api/v1/jobs HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {site.token}\r\n"
            cut.sendall(f"{head}Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{{".encode())
        service.until(service.submit(request()), "finished")
        assert len(service.client.get("/api/v1/jobs").json()) == 1


def test_what_cannot_be_served_is_one_line(site: Site) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = site.tool("serve", "--port", port, "--database", "service.sqlite3")
    assert (done.status, done.stderr.count("\n")) == (2, 1)
    assert f"127.0.0.1:{port}: cannot be listened on" in done.stderr
    done = site.tool("serve", "--scheduler", "nonsense")
    assert (done.status, done.stderr.count("\n")) == (3, 1)
    assert "nonsense: no dask scheduler answers: an address has a host and a port" in done.stderr
    done = site.tool("serve", "--cases", "nowhere")
    assert (done.status, done.stderr) == (2, "deferdiff: nowhere: no directory of cases; give --cases DIR\n")
    done = site.tool("token", "create", "x", "--scopes", "everything")
    assert (done.status, "'everything' is no scope; there are read, submit, cancel, admin" in done.stderr) == (
        2,
        True,
    )


def test_a_gate_that_the_service_runs(site: Site) -> None:
    """The same reports and exit status as without one; patches go with the job."""
    cases = site.tool.home / "cases" / "opencoded"
    cases.mkdir()
    shutil.copy(CASES / "opencoded" / "two-recovered-at-each-position.go", cases)
    asked = ("--base", "go1.22.10", "--patch", FAULTS / "next-defer-clears-two-bits.patch", "--json")
    alone = site.tool("gate", *asked, "--sandbox", "process", "--out", "alone")
    with site.serve(standin=False) as served:
        address = ("--server", str(served.client.base_url))
        token = {"DEFERDIFF_TOKEN": site.token}
        done = site.tool("gate", *asked, *address, "--out", "there", env=token)
        assert (done.status, alone.status) == (1, 1), done.stderr
        theirs, ours = (json.loads(each.stdout) for each in (done, alone))
        assert [case["name"] for case in theirs["cases"]] == ["opencoded/two-recovered-at-each-position"]
        assert theirs["cases"][0]["post"] == ours["cases"][0]["post"]
        assert theirs["toolchains"] == ours["toolchains"]
        names = {path.name for path in (site.tool.home / "there").iterdir()}
        assert names == {path.name for path in (site.tool.home / "alone").iterdir()}
        nobody = site.tool("gate", *asked, *address, "--out", "nobody")
        assert nobody.status == 2
        assert "token" in nobody.stderr.splitlines()[-1]
        bad = site.tool("gate", "--only", "no/such-case", *address, "--out", "bad", env=token)
        assert bad.status == 2
        assert "selects no case" in bad.stderr.splitlines()[-1]
        for theirs in (("--cases", "cases"), ("--sandbox", "process"), ("--record",)):
            assert site.tool("gate", *theirs, *address).status == 2


def test_tokens_are_listed_and_revoked(site: Site) -> None:
    database = ("--database", "service.sqlite3")
    (row,) = json.loads(site.tool("token", "list", "--json", *database).stdout)
    assert (row["name"], row["scopes"], row["revoked"]) == ("test", "admin", "")
    assert site.tool("token", "revoke", row["id"], *database).status == 0
    with site.serve("--public-read") as service:
        assert service.client.post("/api/v1/jobs", json=request()).status_code == 401
    assert site.tool("token", "revoke", "nobody", *database).status == 2
