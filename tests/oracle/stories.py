"""Explanations as lines that can be read, and that leave nothing out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from oracle.align import align
from oracle.explain import Explanation, Moment, explain
from oracle.profile import POST_CL, PRE_CL, Profile
from oracle.program import Program
from oracle.snapshot import State


def story(of: Program, profile: Profile = POST_CL, *, moves: bool = False) -> list[str]:
    """Level, rule and sentence of every moment."""
    return [told(moment) for moment in explain(of, profile, moves=moves).moments]


def told(moment: Moment) -> str:
    return f"{'>' if moment.runtime else ' '} {moment.rule.name}: {moment.text}"


def unlike(of: Program) -> list[str]:
    """What the two profiles tell differently: - before the CL, + with it."""
    pre, post = explain(of, PRE_CL), explain(of, POST_CL)
    lines: list[str] = []
    for a, b in align(pre, post):
        left = None if a is None else told(pre.moments[a])
        right = None if b is None else told(post.moments[b])
        if left != right:
            lines += [f"{mark} {line}" for mark, line in (("-", left), ("+", right)) if line is not None]
    return lines


def state_story(run: Explanation) -> Iterator[str]:
    """Every moment's sentence, and every fact of the state that it changed."""
    before: dict[str, object] = {}
    for moment in run.moments:
        yield told(moment)
        after = dict(facts(moment.after))
        for name in sorted(before.keys() | after.keys()):
            was, now = before.get(name, "-"), after.get(name, "-")
            if was != now:
                yield f"      {name}: {was} -> {now}"
        before = after


def facts(state: State) -> Iterator[tuple[str, object]]:
    """Every fact of a state, by its place in it. Frames and _panic values count from the oldest, so that a new one
    does not rename the others."""
    yield from _facts("", state)


def _facts(name: str, value: object) -> Iterator[tuple[str, object]]:
    if is_dataclass(value):
        for field in fields(value):
            yield from _facts(f"{name}.{field.name}", getattr(value, field.name))
    elif isinstance(value, tuple):
        yield f"{name}.size", len(value)
        for index, one in enumerate(reversed(value)):
            yield from _facts(f"{name}[{index}]", one)
    else:
        yield name.removeprefix("."), value
