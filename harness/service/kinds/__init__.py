"""The kinds of jobs. A new one is a file here, and a line in `Kind` below."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, TypeAdapter

from harness.service.kinds.base import ACCEPTED, OUT, BadRequest, Place, Request
from harness.service.kinds.bisect import BisectHunks, BisectReleases
from harness.service.kinds.fuzz import Fuzz
from harness.service.kinds.gate import Gate
from harness.service.kinds.mutate import Mutate
from harness.service.kinds.reduce import Reduce
from harness.service.kinds.run import Run

__all__ = ["ACCEPTED", "OUT", "READER", "BadRequest", "Kind", "Place", "Request"]

Kind = Annotated[
    Gate | Run | Fuzz | BisectReleases | BisectHunks | Reduce | Mutate,
    Field(discriminator="kind"),
]
"""A request of any kind, told by its key `kind`."""

READER: TypeAdapter[Kind] = TypeAdapter(Kind)
"""Reads requests back from where they were kept."""
