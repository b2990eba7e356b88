"""Acceptances as a file of YAML, which people keep beside their cases and review like code.

accepted:
  - case: goexit/recovered
    source: 9f2c...        # SHA-256 of the case's file
    verdict: regressed
    pre: {toolchain: go1.21.13, digest: 51ab..., shows: 77e0...}
    post: {toolchain: go1.22.10, digest: 02a1..., shows: c4d2..., rule: deferred-call-lost, got: ..., owed: ...}
    reason: why this may differ
    owner: who answers for it
    expires: "2027-01-31"
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BeforeValidator, Field

from harness import atomic
from harness.acceptance import REVIEWABLE, Acceptance
from harness.difference import Difference, Shown
from harness.errors import BadAcceptance, BadOutput
from harness.fields import Line
from harness.model import Verdict
from harness.yamltext import Document, Strict

_HEAD = "# Reviewed differences, written by `deferdiff accept --file`; `deferdiff gate --accepted` reads them.\n"

_Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
_Shows = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]


def _verdict(word: object) -> object:
    known = {verdict.value: verdict for verdict in REVIEWABLE}
    if isinstance(word, str) and word not in known:
        raise ValueError(f"no verdict that can be accepted; there are {', '.join(known)}")
    return known[word] if isinstance(word, str) else word


def day(text: object) -> object:
    """A date of the calendar, YYYY-MM-DD. Raises `ValueError` for any other text."""
    if not isinstance(text, str):
        return text
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError("must be a day of the calendar, YYYY-MM-DD") from None


class _Side(Strict):
    """`harness.difference.Shown`."""

    toolchain: Line
    digest: Annotated[str, Field(min_length=1)]
    shows: _Shows
    rule: str = ""
    got: str = ""
    owed: str = ""

    def value(self) -> Shown:
        """The same as the noun."""
        return Shown(self.digest, self.shows, self.toolchain, self.rule, self.got, self.owed)


class _Entry(Strict):
    """`harness.acceptance.Acceptance`."""

    case: Line
    source: _Sha256
    verdict: Annotated[Verdict, BeforeValidator(_verdict)]
    pre: _Side
    post: _Side
    reason: Line
    owner: Line
    expires: Annotated[date, BeforeValidator(day)]

    def value(self) -> Acceptance:
        """The same as the noun."""
        found = Difference(self.case, self.source, self.verdict, self.pre.value(), self.post.value())
        return Acceptance(found, self.reason, self.owner, self.expires)


class _File(Strict):
    """The whole file."""

    accepted: list[_Entry]


def read(path: Path) -> tuple[Acceptance, ...]:
    """The acceptances in a file. Raises `BadAcceptance`, with file and line."""
    document = Document.read(path, BadAcceptance)
    return tuple(entry.value() for entry in document.validate(_File).accepted)


def write(path: Path, acceptances: Iterable[Acceptance]) -> None:
    """Put the acceptances, in a fixed order, in place of the file at once. Raises `BadOutput`."""
    ordered = sorted(acceptances, key=lambda one: (one.difference.case, one.difference.verdict.value, one.expires))
    body = yaml.safe_dump({"accepted": [_plain(one) for one in ordered]}, sort_keys=False, width=100)
    try:
        atomic.replace(path, (_HEAD + body).encode())
    except OSError as trouble:
        raise BadOutput(f"{path}: cannot be written: {trouble.strerror}") from None


def _plain(one: Acceptance) -> dict[str, Any]:
    found = one.difference
    return {
        "case": found.case,
        "source": found.source,
        "verdict": found.verdict.value,
        "pre": _side(found.pre),
        "post": _side(found.post),
        "reason": one.reason,
        "owner": one.owner,
        "expires": one.expires.isoformat(),
    }


def _side(side: Shown) -> dict[str, str]:
    found = {"toolchain": side.toolchain, "digest": side.digest, "shows": side.shows}
    return found | {key: text for key in ("rule", "got", "owed") if (text := getattr(side, key))}
