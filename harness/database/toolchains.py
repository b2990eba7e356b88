"""Toolchains that were tested, each once: what compiles alike is the same toolchain, whatever it was called."""

from __future__ import annotations

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from harness.database.base import Base


class ToolchainRow(Base):
    """`digest` is its identity (`harness.model.Installed`); `text` names it fully, as it was first called."""

    __tablename__ = "toolchains"

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    text: Mapped[str]
    engine: Mapped[str]
    release: Mapped[str]
