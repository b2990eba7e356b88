"""Which differences have one cause: a bucket's smallest programs tell.

Programs of one raw bucket break the same rule, which they may do for several causes. What a smallest program has
cannot be left out of it, so the least sets of such things tell causes apart: a program that has all of one set, and
more, is of that cause. Programs that show the same known difference have one cause, whatever else they have. Only
some programs of a bucket are reduced; the others are shared out as those were, and where those have several causes
the counts are estimates. What is known of a raw bucket as a whole is told of a cause if it has no other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from harness.data.tally import Bucket, Reduced, earliest
from harness.known import Known, Need, needs
from harness.reduce import weight

Explain = Callable[[str, str, Sequence[frozenset[Need]]], Known | None]
"""The known difference that a bucket is: of its rule, what its programs die of, and what its smallest ones have."""


_Cause = tuple[str, tuple[str, ...], bool]
"""Signature, what is needed for it, and whether it is known."""


@dataclass(frozen=True, slots=True)
class _Found:
    """A smallest program and the raw bucket that it comes from."""

    origin: Bucket
    reduced: Reduced
    needs: frozenset[Need]


def by_cause(buckets: Iterable[Bucket], explain: Explain) -> dict[str, Bucket]:
    """Buckets by signature: one for each rule, death and least set of needs; those of which no program was reduced
    stay as they are."""
    found: dict[str, list[_Found]] = {}
    sorted_out: dict[str, Bucket] = {}
    for bucket in buckets:
        for reduced in bucket.reduced:
            item = _Found(bucket, reduced, needs(reduced.program, ranging=reduced.ranging))
            found.setdefault(reduced.broken.signature, []).append(item)
        if not bucket.reduced:
            _join(sorted_out, bucket)
    groups: dict[_Cause, list[_Found]] = {}
    entries: dict[_Cause, Known] = {}
    for signature, alike in found.items():
        for core, entry, item in _causes(alike, explain):
            cause = signature, tuple(sorted(need.value for need in core)), entry is not None
            groups.setdefault(cause, []).append(item)
            if entry is not None:
                entries[cause] = entry
    groups = dict(sorted(groups.items()))
    shares = _shares(groups.values())
    shared = Counter(key for members in groups.values() for key in {id(one.origin) for one in members})
    for (cause, members), (count, estimated) in zip(groups.items(), shares, strict=True):
        ordered = sorted(members, key=lambda one: weight(one.reduced.program))
        first = ordered[0].reduced.broken
        signature, what, _ = cause
        bucket = Bucket(f"{signature} ({', '.join(what)})" if what else signature, first, count, estimated=estimated)
        origins = list({id(one.origin): one.origin for one in members}.values())
        bucket.examples = [example for origin in origins for example in origin.examples]
        own = [origin for origin in origins if shared[id(origin)] == 1]
        bucket.alike = sum(origin.alike for origin in own)
        bucket.after = earliest(origin.after for origin in own)
        for one in ordered:
            bucket.keep(one.reduced)
        bucket.known = entries.get(cause)
        _join(sorted_out, bucket)
    return sorted_out


def _causes(found: Sequence[_Found], explain: Explain) -> Iterator[tuple[frozenset[Need], Known | None, _Found]]:
    """Each of these, which have one signature, with what its cause needs, and the known difference that it is."""
    broken = found[0].reduced.broken
    entries = [explain(broken.rule.name, broken.how, [one.needs]) for one in found]
    cores = _cores(one.needs for one, entry in zip(found, entries, strict=True) if entry is None)
    for one, entry in zip(found, entries, strict=True):
        if entry is None:
            yield next(core for core in cores if core <= one.needs), None, one
        else:
            yield frozenset(entry.needs), entry, one


def _join(buckets: dict[str, Bucket], bucket: Bucket) -> None:
    if bucket.signature in buckets:
        buckets[bucket.signature].join(bucket)
    else:
        # What is found out about it later must not come to stand in the bucket as it was counted.
        buckets[bucket.signature] = replace(
            bucket, examples=[*bucket.examples], behind=[*bucket.behind], reduced=[*bucket.reduced]
        )


def _cores(sets: Iterable[frozenset[Need]]) -> list[frozenset[Need]]:
    """The sets that contain none of the others, in a fixed order."""
    distinct = sorted(set(sets), key=lambda one: (len(one), sorted(need.value for need in one)))
    return [one for n, one in enumerate(distinct) if not any(other < one for other in distinct[:n])]


def _shares(groups: Iterable[Sequence[_Found]]) -> list[tuple[int, bool]]:
    """For each group how many programs it has, and whether that is an estimate. All together have as many as the
    raw buckets: what division leaves over goes to the first."""
    weights = [Counter({id(one.origin): 0 for one in members}) for members in groups]
    origins: dict[int, Bucket] = {}
    for members, weighed in zip(groups, weights, strict=True):
        for one in members:
            origins[id(one.origin)] = one.origin
            weighed[id(one.origin)] += one.reduced.examples
    shares = [(0, False)] * len(weights)
    for key, origin in origins.items():
        having = [n for n, weighed in enumerate(weights) if key in weighed]
        whole = sum(weights[n][key] for n in having)
        parts = {n: origin.count * weights[n][key] // whole for n in having}
        parts[having[0]] += origin.count - sum(parts.values())
        estimated = len(having) > 1 and whole < origin.count
        for n, part in parts.items():
            shares[n] = (shares[n][0] + part, shares[n][1] or estimated)
    return shares
