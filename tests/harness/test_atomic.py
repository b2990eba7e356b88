import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from harness import atomic


def test_threads_that_write_the_same_file_do_not_meet(tmp_path: Path) -> None:
    file = tmp_path / "file"
    contents = [bytes([65 + number]) * 100_000 for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        for _ in range(25):
            list(pool.map(lambda content: atomic.replace(file, content), contents))
            assert file.read_bytes() in contents
    assert list(tmp_path.iterdir()) == [file]


def test_a_failure_leaves_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "place").mkdir()
    (tmp_path / "place" / "inside").touch()
    with pytest.raises(IsADirectoryError):
        atomic.replace(tmp_path / "place", b"new")
    assert (tmp_path / "place" / "inside").exists()
    assert list(tmp_path.iterdir()) == [tmp_path / "place"]


def test_a_file_gets_the_permissions_of_a_new_one(tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    atomic.replace(tmp_path / "made", b"")
    modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert len(modes) == 1
