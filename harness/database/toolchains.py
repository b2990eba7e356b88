"""Toolchains that were tested, each once: what compiles alike is the same toolchain, whatever it was called."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from harness.database.base import Base
from harness.database.upsert import upsert
from harness.model import Installed
from harness.report.text import one_line


class ToolchainRow(Base):
    """`digest` is its identity (`harness.model.Installed`); `text` names it fully, as it was first called."""

    __tablename__ = "toolchains"

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    text: Mapped[str]
    engine: Mapped[str]
    release: Mapped[str]


@dataclass(frozen=True, slots=True)
class Tested:
    """What is kept of a toolchain."""

    digest: str
    text: str
    engine: str
    release: str

    @classmethod
    def of(cls, installed: Installed) -> Tested:
        """That of an installed one."""
        return cls(installed.digest, installed.toolchain.text, installed.engine, installed.release)


def see(session: Session, tested: Iterable[Tested]) -> Sequence[int]:
    """The number of each toolchain, noted if it is new."""
    wanted = list(tested)
    rows = {one.digest: {key: one_line(value) for key, value in asdict(one).items()} for one in wanted}
    upsert(session, ToolchainRow, ["digest"], list(rows.values()))
    known = select(ToolchainRow.digest, ToolchainRow.id).where(
        ToolchainRow.digest.in_([one.digest for one in wanted])
    )
    numbers = dict(session.execute(known).all())
    return [numbers[one.digest] for one in wanted]
