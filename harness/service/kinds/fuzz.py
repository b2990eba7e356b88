"""A fuzz campaign: random programs, or all of a size, on toolchains."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field
from sqlalchemy.orm import Session

from harness.data import record
from harness.database import campaigns
from harness.service.kinds.base import OUT, Keep, Place, Request, Seconds, Texts, common, option


class Fuzz(Request):
    """`deferdiff fuzz`. Without a number of programs it lasts `time` seconds, or a minute."""

    results = ("*.json", "*.yaml", "*.go")

    kind: Literal["fuzz"]
    on: Texts = ()
    tier: Literal["data", "source"] = "data"
    programs: Annotated[int | None, Field(ge=1, le=1_000_000_000)] = None
    time: Annotated[float | None, Field(ge=0.1, le=86_400)] = None
    seed: Annotated[int | None, Field(ge=0, lt=1 << 63)] = None
    exhaustive: Annotated[int | None, Field(ge=0, le=10)] = None
    shard: Annotated[str | None, Field(pattern=r"^[1-9][0-9]{0,5}/[1-9][0-9]{0,5}$")] = None
    variants: bool = False
    jobs: Annotated[int | None, Field(ge=1, le=64)] = None
    timeout: Seconds = 10.0

    def command(self, place: Place) -> list[str]:
        """See `Request.command`."""
        return [
            "fuzz",
            *common(place),
            f"--out={OUT}",
            *option("tier", self.tier),
            *option("toolchain", self.on),
            *option("programs", self.programs),
            *option("time", self.time),
            *option("seed", self.seed),
            *option("exhaustive", self.exhaustive),
            *option("shard", self.shard),
            *option("variants", self.variants),
            *option("jobs", self.jobs),
            *option("scheduler", place.scheduler if self.tier == "data" else None),
            *option("timeout", self.timeout),
        ]

    def found(self, out: Path) -> Keep | None:
        """See `Request.found`."""
        if not (out / record.FILE).exists():
            return None
        campaign = record.read(out / record.FILE)

        def keep(session: Session, files: Path, now: datetime) -> None:
            campaigns.record(session, files, campaign, now)

        return keep

    def toolchains(self) -> Iterator[str]:
        """See `Request.toolchains`."""
        yield from self.on

    def uses(self) -> Iterator[str]:
        """See `Request.uses`."""
        yield from ()
