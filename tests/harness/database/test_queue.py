from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from harness.database import artifacts, deliveries, engine, jobs, queue
from harness.database.engine import Database, connect
from harness.database.jobs import Asked, State, TooMany
from harness.database.queue import Claim, Fenced, File, Seen
from harness.errors import DatabaseFailed
from tests.harness.service.standin import until
from tests.postgres import Cluster

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
LEASE = timedelta(seconds=30)
ASKED = Asked("run", "d" * 64, "{}", "token", 0, 10)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def submit(database: Database, digest: str = "d", *, priority: int = 0, limit: int = 10, reuse: bool = False) -> int:
    asked = replace(ASKED, digest=digest * 64, priority=priority, limit=limit, reuse=reuse)
    with database.writing() as session:
        return jobs.submit(session, asked, NOON)[0].id


def claim(database: Database, worker: str = "w", now: datetime = NOON) -> Claim:
    with database.writing() as session:
        held = queue.claim(session, worker, LEASE, now)
    assert held is not None
    return held


def finish(database: Database, held: Claim, now: datetime, status: int = 0) -> State:
    with database.writing() as session:
        return queue.finish(session, held, status, "", {}, now)


def state(database: Database, job: int) -> tuple[str, int | None, str]:
    with database.reading() as session:
        row = jobs.get(session, job)
        assert row is not None
        return row.state, row.status, row.message


def test_the_highest_priority_goes_first_then_the_oldest(database: Database) -> None:
    first, second, urgent = submit(database, "a"), submit(database, "b"), submit(database, "c", priority=1)
    assert [claim(database).job for _ in range(3)] == [urgent, first, second]
    with database.writing() as session:
        assert queue.claim(session, "w", LEASE, NOON) is None


def test_many_workers_get_each_job_once(database: Database) -> None:
    wanted = sorted(submit(database, digest) for digest in "abcdef")
    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(lambda n: claim(database, f"w{n}").job, range(6))) == wanted


def test_an_identical_job_that_is_going_is_the_same_job(database: Database) -> None:
    job = submit(database)
    assert submit(database) == job
    held = claim(database)
    assert submit(database) == job
    finish(database, held, after(1))
    assert submit(database, reuse=True) == job
    assert submit(database) != job


def test_of_many_that_ask_for_the_same_all_get_one_job(database: Database) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: submit(database, limit=100), range(24)))) == 1


def test_a_job_that_is_being_cancelled_stands_for_no_other(database: Database) -> None:
    job = submit(database)
    claim(database)
    with database.writing() as session:
        queue.cancel(session, job, NOON)
    assert submit(database) != job


def test_a_finished_job_that_failed_is_not_taken_again(database: Database) -> None:
    job = submit(database)
    finish(database, claim(database), after(1), status=3)
    assert submit(database, reuse=True) != job


def test_a_token_has_a_limit_of_jobs(database: Database) -> None:
    submit(database, "a", limit=1)
    with pytest.raises(TooMany):
        submit(database, "b", limit=1)
    finish(database, claim(database), after(1))
    submit(database, "b", limit=1)


def test_a_beat_renews_the_lease(database: Database) -> None:
    submit(database)
    held = claim(database)
    with database.writing() as session:
        assert queue.beat(session, held, Seen("run", 40, "a line"), LEASE, after(29))
    assert finish(database, held, after(58)) is State.FINISHED
    with database.reading() as session:
        row = jobs.get(session, held.job)
        assert row is not None
        assert row.tail == "", "the log is among what it left"


def test_whose_lease_ran_out_cannot_finish(database: Database) -> None:
    job = submit(database)
    held = claim(database)
    with pytest.raises(Fenced, match="ran out"):
        finish(database, held, after(30))
    with pytest.raises(Fenced), database.writing() as session:
        queue.beat(session, held, Seen(), LEASE, after(31))
    assert state(database, job)[0] == State.RUNNING


def test_whose_job_was_begun_again_cannot_finish(database: Database) -> None:
    job = submit(database)
    old = claim(database)
    with database.writing() as session:
        assert queue.reclaim(session, 3, after(30)) == [(job, State.QUEUED)]
    new = claim(database, "other", after(31))
    assert (new.job, new.attempt) == (job, 2)
    with pytest.raises(Fenced, match="attempt 1 is over"):
        finish(database, old, after(32))
    assert finish(database, new, after(33)) is State.FINISHED
    with pytest.raises(Fenced):
        finish(database, new, after(34))


def test_only_a_lost_job_is_taken_back(database: Database) -> None:
    job = submit(database)
    claim(database, "alive")
    with database.writing() as session:
        assert queue.reclaim(session, 3, after(29), frozenset({"dead"})) == []
        assert queue.reclaim(session, 3, after(29), frozenset({"alive"})) == [(job, State.QUEUED)]


def test_a_job_that_is_lost_too_often_is_given_up(database: Database) -> None:
    job = submit(database)
    for attempt in range(3):
        held = claim(database)
        with database.writing() as session:
            found = queue.lose(session, held, "it broke", 3, after(1))
        assert found is (State.QUEUED if attempt < 2 else State.FAILED)
    assert state(database, job) == (State.FAILED, None, "given up after 3 attempts: it broke")


def test_giving_back_is_no_loss(database: Database) -> None:
    job = submit(database)
    for _ in range(5):
        held = claim(database)
        with database.writing() as session:
            assert queue.give_back(session, held, after(1)) is State.QUEUED
    assert finish(database, claim(database), after(1)) is State.FINISHED
    assert state(database, job)[:2] == (State.FINISHED, 0)


def test_cancelling_a_job_that_waits_ends_it(database: Database) -> None:
    job = submit(database)
    with database.writing() as session:
        queue.cancel(session, job, NOON)
    assert state(database, job)[0] == State.CANCELLED
    with database.writing() as session:
        assert queue.claim(session, "w", LEASE, NOON) is None
        assert queue.cancel(session, 99, NOON) is None


@pytest.mark.parametrize("how", ["finish", "give back", "lose", "reclaim"])
def test_cancelling_a_job_that_runs_ends_it_however_its_worker_does(database: Database, how: str) -> None:
    job = submit(database)
    held = claim(database)
    with database.writing() as session:
        queue.cancel(session, job, NOON)
        assert not queue.beat(session, held, Seen(), LEASE, after(1))
        match how:
            case "finish":
                queue.finish(session, held, 0, "", {}, after(2))
            case "give back":
                queue.give_back(session, held, after(2))
            case "lose":
                queue.lose(session, held, "", 3, after(2))
            case _:
                queue.reclaim(session, 3, after(60))
    assert state(database, job)[:2] == (State.CANCELLED, None)


def test_a_finished_job_stays_finished(database: Database) -> None:
    job = submit(database)
    finish(database, claim(database), after(1), status=1)
    with database.writing() as session:
        queue.cancel(session, job, after(2))
    assert state(database, job)[:2] == (State.FINISHED, 1)


def test_results_come_with_the_end_or_not_at_all(database: Database) -> None:
    job = submit(database)
    held = claim(database)
    with database.writing() as session:
        digest = artifacts.keep(session, database.files, b"report")
    for late in (True, False):
        files = {"report.json": File(digest, 6)}
        try:
            with database.writing() as session:
                queue.finish(session, held, 0, "", files, after(60 if late else 2))
        except Fenced:
            assert late
        with database.reading() as session:
            assert [row.name for row in jobs.results(session, job)] == ([] if late else ["report.json"])


def test_each_change_that_shows_has_a_revision(database: Database) -> None:
    job = submit(database)
    held = claim(database)
    seen = []
    for told in (Seen("run", 1, ""), Seen("run", 1, ""), Seen("run", 2, "")):
        with database.writing() as session:
            queue.beat(session, held, told, LEASE, after(1))
            row = jobs.get(session, job)
            assert row is not None
            seen.append(row.revision)
    assert seen == [3, 3, 4]


def test_who_wants_to_be_told_is_told_when_the_job_has_ended(database: Database) -> None:
    job = submit(database)
    with database.writing() as session:
        deliveries.want(session, job, "https://example.com/", "secret", NOON, done=False)
        deliveries.want(session, job, "https://example.com/", "secret", NOON, done=False)
        assert deliveries.take(session, LEASE, after(1)) is None
    finish(database, claim(database), after(2))
    with database.writing() as session:
        taken = deliveries.take(session, LEASE, after(3))
        assert taken is not None
        assert (taken.job, taken.tries) == (job, 1)
        assert deliveries.take(session, LEASE, after(4)) is None
        # Its courier died.
        again = deliveries.take(session, LEASE, after(33))
        assert again is not None
        assert (again.id, again.tries) == (taken.id, 2)
        deliveries.settle(session, taken, None, "too late to tell")
        deliveries.settle(session, again, after(40), "away")
        third = deliveries.take(session, LEASE, after(40))
        assert third is not None
        deliveries.settle(session, third, None, "")
        assert deliveries.take(session, LEASE, after(900)) is None


def finish_silently(database: Database, held: Claim, until_when: Callable[[], Any]) -> None:
    """All but the commit, which is late."""
    with database.writing() as session:
        queue.finish(session, held, 0, "", {}, NOON)
        session.flush()
        until(until_when)


@pytest.mark.postgres
def test_who_falls_silent_before_the_commit_loses_the_job(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that is gone without a word: the server would keep the job locked for it, and all others skip it."""
    url = cluster.new_database()
    with connect(url) as database:
        job = submit(database)
        held = claim(database)

        def taken_back() -> list[tuple[int, State]]:
            with database.writing() as session:
                return queue.reclaim(session, 3, after(31))

        monkeypatch.setattr(engine, "_SILENT", 2)
        with connect(url) as silent, pytest.raises(DatabaseFailed, match="the database failed: "):
            finish_silently(silent, held, taken_back)
        assert state(database, job) == (State.QUEUED, None, "its worker was lost")
