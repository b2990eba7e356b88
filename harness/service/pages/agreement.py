"""Toolchains that say the same of a program, put together: those that agree are one line, odd ones stand out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

_PLACES = re.compile(r"\b(pc|addr)=0x[0-9a-f]+")
"""Addresses of code are another in every release."""


@dataclass(frozen=True, slots=True)
class Group:
    """Toolchains for which one (`said`) may speak. `output`: all of it but the stacks of goroutines."""

    toolchains: tuple[str, ...]
    said: Mapping[str, Any]
    output: str


def groups(toolchains: Iterable[Mapping[str, Any]]) -> list[Group]:
    """Those of a result of `deferdiff run`, in the order of the first of each, the largest group first."""
    found: dict[tuple[object, ...], list[Mapping[str, Any]]] = {}
    for one in toolchains:
        broken = one["divergence"]
        rule = None if broken is None else (broken["rule"], broken["got"], broken["owed"])
        alike = (one["outcome"], rule, one["ending"], _PLACES.sub("", _output(one)))
        found.setdefault(alike, []).append(one)
    made = [Group(tuple(one["toolchain"] for one in alike), alike[0], _output(alike[0])) for alike in found.values()]
    return sorted(made, key=lambda group: -len(group.toolchains))


def _output(one: Mapping[str, Any]) -> str:
    return (one["stdout"] or "") + (one["stderr"] or "").split("\n\ngoroutine ")[0]
