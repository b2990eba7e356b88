from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from harness.data.record import read
from harness.database import bucket_view, campaigns, overview, runs
from harness.database.buckets import BucketRow
from harness.database.engine import Database
from tests.harness.report import sample

PAIR = Path(__file__).parents[3] / "ci" / "benchmarks" / "campaigns" / "pair.json"


def test_a_bucket_in_runs_and_campaigns(database: Database) -> None:
    campaign = read(PAIR)
    ran = next(one for one in campaign.toolchains if one.buckets)
    for other in campaign.toolchains:
        other.buckets = [one for one in other.buckets if other is ran and one is ran.buckets[0]]
    ran.buckets[0].signature = "deferred-call-lost"
    with database.writing() as session:
        first = runs.record(session, database.files, sample.result(sample.disputed()), {})
        last = runs.record(session, database.files, sample.mixed(), {})
        campaigns.record(session, database.files, campaign, datetime.now(UTC))
    with database.reading() as session:
        number = session.scalars(select(BucketRow.id).where(BucketRow.name == "deferred-call-lost")).one()
        found = bucket_view.view(session, number)
        [line] = overview.buckets(session, search="CALL-lost")
        assert overview.buckets(session, search="%") == ()
        assert bucket_view.view(session, 9_999) is None
    assert found is not None
    assert (line.number, line.runs, line.campaigns) == (number, 2, 1)
    assert (found.in_runs, found.in_campaigns) == (2, 1)
    assert [(one.number, one.sides) for one in found.runs] == [(last, 5), (first, 2)]
    by_text = {one.text: one for one in found.toolchains}
    assert (by_text["go1.21.13"].runs, by_text["go1.21.13"].cases) == (2, 4)
    [seen] = found.campaigns
    assert (seen.toolchain, seen.programs) == (ran.text, ran.buckets[0].count)
    assert by_text[ran.text].programs == ran.buckets[0].count
    shown = {(one.run, one.case, one.sides) for one in found.cases}
    assert (last, "frames/large", ("pre", "post")) in shown
    assert (last, "goexit/recovered-in-nested-defer", ("pre",)) in shown
    assert (first, "frames/large", ("pre", "post")) in shown
    assert len(shown) == 5
