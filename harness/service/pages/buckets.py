"""Ways to go wrong: the list, and one with the rule that it breaks and a smallest program that shows it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from pydantic import ValidationError

from harness import fuzz, judge
from harness.data.record import BucketRecord, Record
from harness.database import artifacts, bucket_view, overview
from harness.database.bucket_view import BucketView
from harness.database.buckets import shown_name
from harness.database.engine import Database
from harness.database.tokens import Scope
from harness.report.text import one_line, visible
from harness.service.pages.kept import Kept
from harness.service.pages.site import Page, Search, Site
from harness.service.schemas import Number
from oracle import predict, rules
from oracle.rules import Rule

_RULES = {
    rule.name: rule
    for rule in (
        *rules.ALL,
        predict.PREDICTED_EVENT,
        judge.EXPECTED_OUTPUT,
        judge.EXPECTED_STATUS,
        judge.EXPECTED_REPORT,
        judge.OBSERVED_ALIKE,
        judge.CHECKS_AGREE,
        fuzz.ALONE_ALIKE,
    )
}
PAGE = 100
"""Buckets of a page."""
_CAMPAIGNS = 3
"""Certificates that are looked into for a program, and that are kept in memory."""


@dataclass(frozen=True, slots=True)
class Example:
    """The smallest program of a bucket in a campaign. `issue`: where the fault is known, "" if it is not."""

    program: str
    actions: int
    got: str
    owed: str
    issue: str
    reason: str


def add(pages: APIRouter, site: Site) -> None:
    """The pages."""
    reader = Depends(site.to(Scope.READ))
    examples = Examples(site.database)

    @pages.get("/buckets", dependencies=[reader])
    def listed(request: Request, q: Search = "", page: Page = 1) -> Response:
        search = one_line(q.strip())
        with site.database.reading() as session:
            found = overview.buckets(session, PAGE, search=search, skip=(page - 1) * PAGE)
        more = len(found) == PAGE
        return site.page(request, "buckets.html", buckets=found, asked={"q": search}, page=page, more=more)

    @pages.get("/buckets/{bucket}", dependencies=[reader])
    def shown(request: Request, bucket: Number) -> Response:
        with site.database.reading() as session:
            found = bucket_view.view(session, bucket)
        if found is None:
            raise HTTPException(404, f"there is no bucket {bucket}")
        example = examples.smallest(found)
        return site.page(request, "bucket.html", found=found, rule=rule_of(found.name), example=example)


def rule_of(name: str) -> Rule | None:
    """The rule that a bucket is named by: what stands before what the process died of, and what its programs need."""
    return _RULES.get(name.partition(":")[0].partition(" (")[0])


class Examples:
    """The smallest programs of buckets, from the certificates of campaigns."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept = Kept[str, dict[str, Example]](_CAMPAIGNS)

    def smallest(self, bucket: BucketView) -> Example | None:
        """That of the latest campaigns; None if they have none, or none that this version reads."""
        certificates = list(dict.fromkeys(one.certificate for one in bucket.campaigns))[:_CAMPAIGNS]
        found = [self._kept.get(one, lambda one=one: self._read(one)) for one in certificates]  # type: ignore[misc]
        those = [examples[bucket.name] for examples in found if bucket.name in examples]
        return min(those, key=lambda one: one.actions, default=None)

    def _read(self, certificate: str) -> dict[str, Example]:
        try:
            record = Record.model_validate_json(artifacts.read(self._database.files, certificate))
        except ValidationError:
            return {}
        found: dict[str, Example] = {}
        for name, example in _examples(record):
            if name not in found or example.actions < found[name].actions:
                found[name] = example
        return found


def _examples(record: Record) -> Iterator[tuple[str, Example]]:
    for ran in record.toolchains:
        for bucket in ran.buckets:
            if bucket.smallest:
                yield shown_name(bucket.signature), _example(bucket)


def _example(bucket: BucketRecord) -> Example:
    one = min(bucket.smallest, key=lambda one: one.actions)
    return Example(
        visible(one.program),
        one.actions,
        one_line(one.got),
        one_line(one.owed),
        bucket.known,
        one_line(bucket.reason),
    )
