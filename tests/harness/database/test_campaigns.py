from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from harness.data.record import Record, read
from harness.database import artifacts, campaigns, runs
from harness.database.buckets import SightingRow
from harness.database.campaigns import CampaignRow, RanRow
from harness.database.engine import Database
from harness.database.overview import overview
from harness.database.sweep import sweep
from harness.database.toolchains import ToolchainRow
from tests.harness.report import sample

PAIR = Path(__file__).parents[3] / "ci" / "benchmarks" / "campaigns" / "pair.json"
NOW = datetime.now(UTC)


def record(database: Database, campaign: Record, now: datetime = NOW) -> int:
    with database.writing() as session:
        return campaigns.record(session, database.files, campaign, now)


def test_a_campaign_keeps_what_ran_its_buckets_and_its_certificate(database: Database) -> None:
    campaign = read(PAIR)
    number = record(database, campaign)
    assert sweep(database, NOW + timedelta(days=9)) == 0
    with database.reading() as session:
        row = session.get_one(CampaignRow, number)
        assert (row.source, row.complete, row.model) == (campaign.source, True, campaign.model)
        assert Record.model_validate_json(artifacts.read(database.files, row.certificate)) == campaign
        ran = session.scalars(select(RanRow).order_by(RanRow.toolchain_id)).all()
        assert [(one.programs, one.differing) for one in ran] == [
            (one.programs, one.differing) for one in campaign.toolchains
        ]
        seen = session.scalars(select(SightingRow.count)).all()
        assert sum(seen) == sum(one.differing for one in campaign.toolchains) > 0


def test_which_compiler_it_was(database: Database) -> None:
    campaign = read(PAIR)
    other = campaign.toolchains[0].model_copy(update={"text": "gccgo,gcflags=-O2", "digest": "0" * 64})
    record(database, campaign.model_copy(update={"toolchains": [*campaign.toolchains, other]}))
    with database.reading() as session:
        engines = dict(session.execute(select(ToolchainRow.text, ToolchainRow.engine)).all())
    assert set(engines.values()) == {"gc", "gccgo"}
    assert engines["gccgo,gcflags=-O2"] == "gccgo"


def test_the_same_certificate_is_kept_once(database: Database) -> None:
    campaign = read(PAIR)
    first = record(database, campaign)
    assert record(database, campaign) == first
    assert record(database, campaign.model_copy(update={"seconds": 1.0})) != first


def test_a_bucket_is_one_in_runs_and_campaigns(database: Database) -> None:
    campaign = read(PAIR)
    lost = "deferred-call-lost"  # what the sampled run differs by
    ran = campaign.toolchains[0]
    bucket = ran.buckets[0].model_copy(update={"signature": lost})
    ran = ran.model_copy(update={"buckets": [bucket, *ran.buckets[1:]]})
    campaign = campaign.model_copy(update={"toolchains": [ran, *campaign.toolchains[1:]]})
    with database.writing() as session:
        run = sample.result(sample.regressed())
        runs.record(session, database.files, run, {})
    record(database, campaign, run.started + timedelta(days=1))
    with database.reading() as session:
        found = {one.name: one for one in overview(session, NOW).buckets}
    assert (found[lost].runs, found[lost].campaigns) == (1, 1)
    assert (found[lost].seen_first, found[lost].seen_last) == (run.started, run.started + timedelta(days=1))
