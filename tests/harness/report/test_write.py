from __future__ import annotations

import errno
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import BadOutput
from harness.report import jsonfile
from harness.report.write import check_writable, write_all
from tests.harness.report import sample


def tree(directory: Path) -> list[str]:
    return sorted(str(path.relative_to(directory)) for path in directory.rglob("*"))


def test_everything_is_written_and_nothing_is_left_over(tmp_path: Path) -> None:
    written = write_all(sample.mixed(), tmp_path / "deep" / "report")
    assert sorted(path.name for path in (tmp_path / "deep" / "report").iterdir()) == [
        "junit.xml",
        "report.html",
        "report.json",
        "report.md",
        "report.svg",
        "rerun",
        "run.json.gz",
    ]
    assert written.json.read_text() == jsonfile.render(sample.mixed())
    assert written.rerun is not None


def test_written_twice_is_the_same_and_stale_reruns_go(tmp_path: Path) -> None:
    write_all(sample.mixed(), tmp_path)
    first = tree(tmp_path)
    write_all(sample.mixed(), tmp_path)
    assert tree(tmp_path) == first
    assert write_all(sample.result(sample.same()), tmp_path).rerun is None
    assert tree(tmp_path) == ["junit.xml", "report.html", "report.json", "report.md", "report.svg", "run.json.gz"]


@pytest.mark.timeout(60)
def test_ten_thousand_comparisons(tmp_path: Path) -> None:
    same = sample.same()
    many = [replace(same, case=replace(same.case, name=f"order/case-{n}")) for n in range(9_900)]
    write_all(sample.result(*many, *(sample.regressed(f"goexit/case-{n}") for n in range(100))), tmp_path)
    assert len(json.loads((tmp_path / "report.json").read_bytes())["cases"]) == 10_000


def test_checking_leaves_no_trace(tmp_path: Path) -> None:
    check_writable(tmp_path / "a" / "b")
    check_writable(tmp_path)
    assert tree(tmp_path) == []


def test_other_files_are_not_touched(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    write_all(sample.mixed(), tmp_path)
    assert (tmp_path / "mine").read_text() == "mine"


@pytest.mark.parametrize("below", ["", "/sub"])
def test_a_file_in_the_way(tmp_path: Path, below: str) -> None:
    file = tmp_path / "report"
    file.write_text("precious")
    with pytest.raises(BadOutput, match=r"report.*reports cannot be written there") as caught:
        check_writable(Path(f"{file}{below}"))
    assert "\n" not in str(caught.value)
    assert file.read_text() == "precious"


def test_a_directory_that_is_not_ours_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "rerun").mkdir()
    (tmp_path / "rerun" / "thesis.txt").write_text("precious")
    for attempt in (lambda: check_writable(tmp_path), lambda: write_all(sample.mixed(), tmp_path)):
        with pytest.raises(BadOutput, match="not made by deferdiff"):
            attempt()
    assert (tmp_path / "rerun" / "thesis.txt").read_text() == "precious"


def test_a_directory_where_a_report_belongs(tmp_path: Path) -> None:
    (tmp_path / "report.md").mkdir()
    with pytest.raises(BadOutput, match="a directory stands where a report is to be written"):
        check_writable(tmp_path)


def test_a_link_that_leads_nowhere(tmp_path: Path) -> None:
    (tmp_path / "report").symlink_to(tmp_path / "nowhere" / "else")
    with pytest.raises(BadOutput):
        check_writable(tmp_path / "report")
    assert tree(tmp_path) == ["report"]


def test_a_read_only_place() -> None:
    with pytest.raises(BadOutput, match="cannot be written there"):
        check_writable(Path("/proc/deferdiff-report"))


def test_a_full_disk_leaves_the_old_report_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_all(sample.result(sample.same()), tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}

    def full(self: Path, data: bytes) -> int:
        with self.open("wb") as file:
            file.write(data[:10])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(BadOutput, match="No space left on device"):
        write_all(sample.mixed(), tmp_path)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
