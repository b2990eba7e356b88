"""What a gate leaves in a database: its result, and files from which all reports can be made again."""

from __future__ import annotations

import io
from pathlib import Path

from sqlalchemy import select

from harness.commands import recorded
from harness.database import artifacts
from harness.database.runs import FileRow
from harness.report import stored
from harness.report.write import write_all
from tests.harness.report import sample


def test_the_files_of_a_recorded_gate(tmp_path: Path) -> None:
    result = sample.mixed()
    written = write_all(result, tmp_path / "report")
    with recorded.book(f"sqlite:///{tmp_path / 'runs.sqlite3'}") as book:
        number = book.record(result, written)
        with book.database.reading() as session:
            rows = session.scalars(select(FileRow).where(FileRow.run_id == number)).all()
            files = {row.name: artifacts.read(book.database.files, row.digest) for row in rows}
    assert files.keys() == {"report.json", "run.json.gz"}
    assert files["report.json"] == written.json.read_bytes()
    assert stored.load(io.BytesIO(files["run.json.gz"]), "run").result == result
