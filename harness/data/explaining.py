"""What the differences of one toolchain are, once all has run: reduced, taken together by their causes, tried without
known faults, and with the programs before them where they show only behind others.
"""

from __future__ import annotations

from functools import partial

from harness import known
from harness.data import chunk as chunks
from harness.data import mending, predecessors
from harness.data.causes import by_cause
from harness.data.driving import Driving, Over, Side
from harness.data.reducing import STACKS, Reducing, Shown
from harness.data.tally import Bucket, Example, Reduced, Tally
from harness.errors import BadPatch, MachineryError
from harness.known import Known
from harness.pipeline import ATTEMPTS

REDUCED, TRIED = 4, 16
"""Programs of a bucket that are reduced, and that are looked at for it."""


def explain(driving: Driving) -> None:
    """Explain what is counted on the driver's side, as far as somebody wants it and machinery lets it."""
    shared, tally, installed = driving.shared, driving.side.tally, driving.side.installed
    for bucket in tally.buckets.values():
        if shared.is_over:
            return
        _reduce(driving, bucket)
    cause = partial(known.find, shared.known, installed.engine, installed.release)
    tally.counted, tally.buckets = tally.buckets, by_cause(tally.buckets.values(), cause)
    try:
        for fault in known.mendable(shared.known, installed.engine, installed.release):
            _try_mended(driving, fault)
        shown: list[Known] = []
        for bucket in tally.buckets.values():
            # Damaged memory shows in a dozen ways; one of them tells how it came about.
            if bucket.reduced or bucket.known in shown:
                continue
            _look_behind(driving, bucket)
            if bucket.known is not None and bucket.behind:
                shown.append(bucket.known)
    except Over:
        return


def _try_mended(driving: Driving, fault: Known) -> None:
    """Find out which buckets that nothing explains are the work of this fault."""
    shared, side = driving.shared, driving.side
    unexplained = [bucket for bucket in side.tally.buckets.values() if bucket.known is None]
    if not unexplained:
        return
    try:
        installed = shared.world.install(mending.without(side.installed.toolchain, fault))
        mended = Driving(shared, Side(installed, Tally(installed.toolchain)))
        side.drivings.append(mended)
        for bucket in unexplained:
            found = _compare(bucket, driving, mended)
            bucket.again = found.again
            if found.explains:
                bucket.known, bucket.mended = fault, found.gone
    except (BadPatch, MachineryError) as bad:
        _note(driving, f"a known fault is not tried without: {bad}")


def _compare(bucket: Bucket, driving: Driving, mended: Driving) -> mending.Mended:
    """Run programs of a bucket with a fault and without it."""
    if bucket.reduced:
        return mending.compare_alone(bucket.reduced, driving.release, driving.eagerly, mended.eagerly)
    examples = bucket.smallest(mending.TRIED)
    return mending.compare(examples, driving.shared.parts, driving.eagerly, mended.eagerly)


def _reduce(driving: Driving, bucket: Bucket) -> None:
    """Find the smallest programs that differ as some of the bucket do. When a stack is copied depends on what ran
    before, so a program that differs no more when it is alone is tried on both sorts of stacks."""
    reduced = 0
    for example in bucket.smallest(TRIED):
        try:
            found = _smallest(driving, example)
        except Over:
            return
        except MachineryError as error:
            _note(driving, f"one of {bucket.signature} is not reduced: {error}")
            continue
        if found is None:
            bucket.alike += 1
            continue
        bucket.keep(Reduced(found.program, found.broken, 1, ranging=found.ranging, how=found.how, hints=found.hints))
        reduced += 1
        if reduced == REDUCED:
            return


def _smallest(driving: Driving, example: Example) -> Shown | None:
    """The smallest program that differs as this one; None if it does what it owes when it is alone."""
    program, hints = driving.shared.source.program(example.chunk, example.index, driving.release)
    stacks = tuple(dict.fromkeys((chunks.how_of(example.chunk), *STACKS)))
    for attempt in range(ATTEMPTS):
        reducing = Reducing(driving.lazily, driving.release)
        try:
            shown = reducing.differs(program, hints, stacks)
            return None if shown is None else reducing.smallest(shown)
        except MachineryError as error:
            driving.again(error, attempt)
    raise AssertionError("the last attempt returns or raises")


def _look_behind(driving: Driving, bucket: Bucket) -> None:
    """Find the fewest programs behind which one of the bucket differs. Raises `Over`."""
    for example in bucket.smallest(TRIED):
        parts = driving.shared.parts(example.chunk)
        try:
            found = predecessors.smallest(driving.eagerly, parts, example.index)
        except MachineryError as error:
            _note(driving, f"what comes before one of {bucket.signature} is not found: {error}")
            continue
        if found is not None:
            table = driving.shared.source.table(example.chunk, driving.release)
            places = (*found.places, example.index)
            bucket.behind.append(tuple(chunks.program(table, parts.whole, place)[0] for place in places))
            return


def _note(driving: Driving, words: str) -> None:
    driving.world.progress.note(f"{driving.side.installed.toolchain.name}: {words}")
