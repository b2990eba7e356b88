"""The service under load: many clients submit jobs at once, while others read; beside reads of an idle service.

Jobs run a command that ends at once, so that the service itself is measured. Each job is submitted twice by its
client: a duplicate that is not recognised is counted, as is every answer that is an error. Pages are read as a
browser does, with a cookie.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[2]
SERVICE = """
import sys
from harness.service import execution
execution._deferdiff = lambda: ["/bin/sh", "-c", "echo {}", "deferdiff"]
from harness.cli import main
main()
"""
API = ("/api/v1/jobs", "/api/v1/jobs/1", "/api/v1/jobs/1/results", "/api/v1/jobs?state=finished&limit=200")
PAGES = ("/", "/jobs", "/jobs/1", "/runs", "/cases", "/buckets", "/submit")


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--jobs", type=int, default=1000)
    arguments.add_argument("--clients", type=int, default=50)
    arguments.add_argument("--workers", type=int, default=2)
    wanted = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="deferdiff-bench-") as scratch:
        database = f"{scratch}/service.sqlite3"
        environment = os.environ | {"PYTHONPATH": str(ROOT), "DEFERDIFF_CACHE": scratch}
        options = ["--database", database]
        make = [sys.executable, "-m", "harness.cli", "token", "create", "bench", "--scopes", "admin", *options]
        token = subprocess.run(make, env=environment, capture_output=True, text=True, check=True).stdout.strip()
        words = ["serve", "--port", "0", "--workers", str(wanted.workers), "--sandbox", "process", *options]
        words += ["--limit", str(wanted.jobs + 1), "--cases", str(ROOT / "cases")]
        with subprocess.Popen(
            [sys.executable, "-c", SERVICE, *words], env=environment, stderr=subprocess.PIPE, text=True
        ) as process:
            try:
                assert process.stderr is not None
                begun = process.stderr.readline()
                address = re.search(r"http://\S+\d", begun)
                if address is None:
                    sys.exit(begun + process.stderr.read())
                _measure(address[0], token, wanted)
            finally:
                process.terminate()


def _measure(address: str, token: str, wanted: argparse.Namespace) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    answers: Counter[int | str] = Counter()
    numbers: list[int] = []
    lock = threading.Lock()

    def submit(client: int) -> None:
        with httpx2.Client(base_url=address, headers=headers, timeout=120) as http:
            for number in range(client, wanted.jobs, wanted.clients):
                upload = {"name": "program.go", "text": f"package main // {number}"}
                body = {"request": {"kind": "run", "program": "program.go", "files": [upload]}, "reuse": True}
                found = [http.post("/api/v1/jobs", json=body) for _ in range(2)]
                with lock:
                    answers.update(one.status_code for one in found)
                    numbers.extend(one.json()["id"] for one in found if one.status_code < 300)

    done = threading.Event()
    busy: list[Reads] = []
    reader = threading.Thread(target=lambda: busy.append(_read(address, token, done.is_set)))
    begun = time.perf_counter()
    reader.start()
    with ThreadPoolExecutor(wanted.clients) as pool:
        list(pool.map(submit, range(wanted.clients)))
    submitted = time.perf_counter() - begun
    with httpx2.Client(base_url=address, headers=headers, timeout=120) as http:
        while http.get("/api/v1/jobs", params={"state": "queued", "limit": 1}).json():
            time.sleep(0.2)
        while http.get("/api/v1/jobs", params={"state": "running", "limit": 1}).json():
            time.sleep(0.2)
        ran = time.perf_counter() - begun
        states = re.findall(r'deferdiff_jobs\{kind="run",state="(\w+)"\} ([\d.]+)', http.get("/metrics").text)
    done.set()
    reader.join()
    end = time.perf_counter() + 5
    idle = _read(address, token, lambda: time.perf_counter() > end)
    shown = Table("what", "figure", title="the service under load", title_justify="left")
    shown.add_row("jobs, clients, workers", f"{wanted.jobs}, {wanted.clients}, {wanted.workers}")
    shown.add_row("answers by status", ", ".join(f"{status}: {count}" for status, count in sorted(answers.items())))
    errors = sum(count for status, count in answers.items() if status not in (200, 201))
    shown.add_row("errors", str(errors))
    shown.add_row("duplicates", str(len(set(numbers)) - wanted.jobs))
    shown.add_row("jobs by state", ", ".join(f"{state}: {float(count):.0f}" for state, count in states))
    shown.add_row("all submitted", f"{submitted:.1f} s")
    shown.add_row("all run", f"{ran:.1f} s")
    for when, reads in (("while the queue runs", busy[0]), ("of an idle service", idle)):
        for what, times in reads.times.items():
            p95 = statistics.quantiles(times, n=20)[-1]
            figure = f"{len(times)}, median {statistics.median(times) * 1e3:.1f} ms, p95 {p95 * 1e3:.1f} ms"
            shown.add_row(f"reads {when}: {what}", figure)
        shown.add_row(f"reads {when}: errors", str(reads.errors))
    Console(width=110).print(shown)


@dataclass
class Reads:
    """Seconds that each read took, by what was read; how many were answered with an error."""

    times: dict[str, list[float]] = field(default_factory=lambda: {"API": [], "pages": []})
    errors: int = 0


def _read(address: str, token: str, over: Callable[[], bool]) -> Reads:
    """Read one thing after another, with a short rest after each round."""
    reads = Reads()
    headers = {"Authorization": f"Bearer {token}"}
    with (
        httpx2.Client(base_url=address, headers=headers, timeout=120) as api,
        httpx2.Client(base_url=address, timeout=120) as browser,
    ):
        browser.post("/login", data={"token": token})
        while not over():
            for client, what, paths in ((api, "API", API), (browser, "pages", PAGES)):
                for path in paths:
                    begun = time.perf_counter()
                    answer = client.get(path)
                    reads.times[what].append(time.perf_counter() - begun)
                    reads.errors += answer.status_code != 200
            time.sleep(0.02)
    return reads


if __name__ == "__main__":
    main()
