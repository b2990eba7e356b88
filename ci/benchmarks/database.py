"""What an overview costs beside a million stored comparisons, and what pages cost that show them.

    ci/bench database [--runs N] [--cases N] [--database URL]

Comparisons are made up (5,000 runs of 200 cases, 2 in 100 fail, and a last run of 10,000), in the tables and indexes
of real ones. Pages are made by the service's own application, in this process. A database that is named must be new;
it stays.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import insert, text

from harness import toolchain
from harness.database import history, overview
from harness.database.buckets import BucketRow, SightingRow
from harness.database.cases import CaseRow, VersionRow
from harness.database.engine import Database, connect
from harness.database.runs import ComparisonRow, RunRow
from harness.database.toolchains import ToolchainRow
from harness.service.api import application
from harness.service.core import Service
from harness.service.kinds import Place

TIMES = 20
LARGE = 10_000
"""Cases of the last run."""
EVERY = timedelta(minutes=15)
"""Between two runs: 5,000 of them are 52 days."""
NOW = datetime.now(UTC)
WORDS = {
    "rule": "deferred-call-lost",
    "got": "goroutine 1: f returns",
    "owed": "deferred call f.func2 (line 14 of f)",
}


def main() -> None:
    """Fill, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5_000)
    parser.add_argument("--cases", type=int, default=200)
    parser.add_argument("--database")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory, connect(asked.database or f"{directory}/db") as database:
        begun = time.perf_counter()
        fill(database, asked.runs, asked.cases)
        print(f"{asked.runs * asked.cases:,} comparisons in {asked.runs:,} runs, {time.perf_counter() - begun:.0f} s")
        size = Path(directory, "db")
        if size.exists():
            print(f"the file: {size.stat().st_size / (1 << 20):,.0f} MiB")
        measure("overview", lambda: read(database, lambda session: overview.overview(session, NOW)))
        measure("history of one case", lambda: read(database, lambda session: history.history(session, "case/7")))
        measure("plain: count what failed, by reading all", lambda: read(database, plain))
        place = Place(Path("cases"), toolchain.load())
        with TestClient(application(Service(database, place, public_read=True))) as client:
            last = asked.runs + 1
            for path in (
                "/",
                "/runs",
                f"/runs/{last}",
                f"/runs/{last}?page=50",
                f"/runs/{last}?q=case/77",
                "/cases",
                "/cases/case/7",
            ):
                measure(f"page {path}", partial(get, client, path))


def fill(database: Database, many: int, cases: int) -> None:
    """Runs that end now, all on the same two toolchains, and one of many more cases behind them."""
    random = Random(1)
    with database.writing() as session:
        session.execute(insert(ToolchainRow), [side(number) for number in (1, 2)])
        seen = {"seen_first": NOW - many * EVERY, "seen_last": NOW}
        session.execute(insert(CaseRow), [{"id": n, "name": f"case/{n}", **seen} for n in range(1, LARGE + 1)])
        session.execute(
            insert(VersionRow), [{"id": n, "case_id": n, "source": "0" * 64} for n in range(1, LARGE + 1)]
        )
        session.execute(insert(BucketRow), [{"id": 1, "name": WORDS["rule"], **seen}])
    for begin in range(1, many + 1, 100):
        add(database, random, range(begin, min(begin + 100, many + 1)), many, cases)
    add(database, random, range(many + 1, many + 2), many, LARGE)


def add(database: Database, random: Random, numbers: range, many: int, cases: int) -> None:
    """Runs of these numbers."""
    rows = [row for number in numbers for row in comparisons(random, number, cases)]
    failed = dict.fromkeys(numbers, 0)
    for row in rows:
        failed[row["run_id"]] += row["decision"] == "fail"
    with database.writing() as session:
        session.execute(insert(RunRow), [run(n, NOW - (many - n) * EVERY, cases, failed[n]) for n in numbers])
        session.execute(insert(ComparisonRow), rows)
        sightings = [
            {"bucket_id": 1, "toolchain_id": 2, "run_id": n, "count": failed[n]} for n in numbers if failed[n]
        ]
        session.execute(insert(SightingRow), sightings)


def side(number: int) -> dict[str, Any]:
    """Its row."""
    return {
        "id": number,
        "digest": str(number) * 64,
        "text": f"go1.{number}",
        "engine": "gc",
        "release": f"1.{number}",
    }


def run(number: int, started: datetime, cases: int, failed: int) -> dict[str, Any]:
    """Its row."""
    counts = {"explained": 0, "accepted": 0, "allowed": 0, "unknown": 0, "cached": 0}
    return counts | {
        "id": number,
        "started": started,
        "seconds": 30.0,
        "pre_id": 1,
        "post_id": 2,
        "sandbox": "docker",
        "version": "0",
        "model": "0" * 64,
        "status": int(failed > 0),
        "headline": f"{failed} of {cases} cases fail the gate",
        "interrupted": False,
        "planned": cases,
        "compared": cases,
        "passed": cases - failed,
        "failed": failed,
    }


def comparisons(random: Random, number: int, cases: int) -> Iterator[dict[str, Any]]:
    """The rows of a run."""
    for case in range(1, cases + 1):
        fails = random.random() < 0.02
        row: dict[str, Any] = {"run_id": number, "case_id": case, "version_id": case, "unexpected_pass": False}
        row |= {"verdict": "regressed", "decision": "fail"} if fails else {"verdict": "same", "decision": "pass"}
        for role, broken in (("pre", False), ("post", fails)):
            row |= {f"{role}_{key}": value if broken else "" for key, value in WORDS.items()}
            row |= {f"{role}_outcome": "diverges" if broken else "conforms", f"{role}_stored": False}
            row[f"{role}_shows"] = bytes([broken]) * 16
        yield row


def read(database: Database, look: Callable[[Any], object]) -> None:
    """Look at the database in a transaction."""
    with database.reading() as session:
        look(session)


def get(client: TestClient, path: str) -> None:
    """Ask for a page, which must be there."""
    client.get(path).raise_for_status()


def plain(session: Any) -> object:
    """What an overview would cost that looks at all comparisons."""
    counted = "SELECT case_id, sum(CASE WHEN decision = 'fail' THEN 1 ELSE 0 END) FROM comparisons GROUP BY case_id"
    return session.execute(text(counted)).all()


def measure(what: str, do: Callable[[], None]) -> None:
    """Print how long it takes."""
    spent, busy = [], []
    for _ in range(TIMES):
        begun, worked = time.perf_counter(), time.process_time()
        do()
        busy.append((time.process_time() - worked) * 1000)
        spent.append((time.perf_counter() - begun) * 1000)
    print(f"{what}: median {statistics.median(spent):.0f} ms, worst {max(spent):.0f} ms of {TIMES}")
    print(f"  of it on the processor: median {statistics.median(busy):.0f} ms")


if __name__ == "__main__":
    main()
