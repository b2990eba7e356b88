"""The evidence of recorded runs: what their stored files hold beyond the database's rows."""

from __future__ import annotations

import io

from sqlalchemy import select

from harness.database import artifacts
from harness.database.engine import Database
from harness.database.runs import FileRow
from harness.report import stored
from harness.report.formats import RUN, Format
from harness.report.result import GateResult
from harness.report.stored import Stored
from harness.service.pages.kept import Kept

_CASES, _REPORTS = 6, 6
"""What is kept in memory. A case has up to 48 MiB, a report up to a few."""


class Evidence:
    """Reads stored runs. Raises `BadRun` of those that cannot be read, and `DatabaseFailed`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._cases = Kept[tuple[str, str], Stored](_CASES)
        self._reports = Kept[tuple[str, str], bytes](_REPORTS)

    def digest(self, run: int) -> str | None:
        """Of the file of a run; None for one that was recorded without."""
        wanted = select(FileRow.digest).where(FileRow.run_id == run, FileRow.name == stored.NAME)
        with self._database.reading() as session:
            return session.scalars(wanted).one_or_none()

    def frame(self, digest: str) -> GateResult:
        """A run without its comparisons."""
        return stored.frame(self._opened(digest), stored.NAME).result

    def case(self, digest: str, name: str) -> Stored:
        """A run with the comparison of one case, or with none if it has no such case."""
        return self._cases.get((digest, name), lambda: stored.find(self._opened(digest), stored.NAME, name))

    def report(self, digest: str, form: Format) -> bytes:
        """The report on a run in a format."""
        if form is RUN:
            return artifacts.read(self._database.files, digest)
        return self._reports.get((digest, form.name), lambda: form.content(self._whole(digest)))

    def _whole(self, digest: str) -> GateResult:
        return stored.load(self._opened(digest), stored.NAME).result

    def _opened(self, digest: str) -> io.BytesIO:
        return io.BytesIO(artifacts.read(self._database.files, digest))
