from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from harness.errors import ToolchainUnavailable
from harness.toolchain import cache, prune, verify
from harness.toolchain.cache import Contents, Manifest


def make(into: Path) -> tuple[Manifest, Contents]:
    (into / "go/bin").mkdir(parents=True)
    (into / "go/bin/go").write_text("go")
    (into / "go/VERSION").write_text("go1.99.1")
    (into / "go/link").symlink_to("VERSION")
    contents = cache.survey(into)
    return Manifest("go1.99.1", "a test", "gc", "1.99.1", "go", "bin/go", cache.digest(contents), 10), contents


def unwanted(into: Path) -> tuple[Manifest, Contents]:
    raise AssertionError("it is there already")


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in (directory / "toolchains").iterdir() if path.suffix != ".lock")


def test_an_entry_is_made_once(tmp_path: Path) -> None:
    made = cache.obtain(tmp_path, "go1.99.1", make)
    assert cache.obtain(tmp_path, "go1.99.1", unwanted) == made
    assert (made.root / "bin/go").read_text() == "go"
    assert verify(tmp_path) == {"go1.99.1": []}


def test_directories_can_be_read_by_all_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        made = cache.obtain(tmp_path, "go1.99.1", make)
    finally:
        os.umask(before)
    assert [path.stat().st_mode & 0o777 for path in (made.path, made.root, made.root / "bin")] == [0o755] * 3


def test_a_failing_maker_leaves_nothing(tmp_path: Path) -> None:
    def fail(into: Path) -> tuple[Manifest, Contents]:
        make(into)
        raise ToolchainUnavailable("the network is gone")

    with pytest.raises(ToolchainUnavailable, match="the network is gone"):
        cache.obtain(tmp_path, "go1.99.1", fail)
    assert names(tmp_path) == []
    assert cache.find(tmp_path, "go1.99.1") is None


def test_a_cache_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "toolchains").write_text("in the way")
    with pytest.raises(ToolchainUnavailable) as caught:
        cache.obtain(tmp_path, "go1.99.1", make)
    assert str(caught.value) == (
        f"go1.99.1: cannot be put into the cache {tmp_path}/toolchains: File exists (DEFERDIFF_CACHE moves it)"
    )


CHILD = """
    import sys, time
    from pathlib import Path
    from harness.toolchain import cache
    def make(into):
        (into / "go").mkdir()
        (into / "go/half").write_text("half")
        print("half made", flush=True)
        time.sleep(60)
    cache.obtain(Path(sys.argv[1]), "go1.99.1", make)
"""


def start_child(directory: Path) -> subprocess.Popen[str]:
    child = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(CHILD), str(directory)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    )
    assert child.stdout
    assert child.stdout.readline() == "half made\n"
    return child


def test_a_killed_process_leaves_no_entry_and_is_swept(tmp_path: Path) -> None:
    with start_child(tmp_path) as child:
        child.send_signal(signal.SIGKILL)
    [half] = names(tmp_path)
    assert half.startswith(".go1.99.1.")
    assert cache.find(tmp_path, "go1.99.1") is None
    cache.obtain(tmp_path, "go1.99.1", make)
    assert names(tmp_path) == ["go1.99.1"]


def test_prune_removes_what_the_dead_left_and_nothing_of_the_living(tmp_path: Path) -> None:
    with start_child(tmp_path) as child:
        try:
            assert prune(tmp_path) == []
            assert len(names(tmp_path)) == 1
        finally:
            child.kill()
    assert len(prune(tmp_path)) == 1
    assert names(tmp_path) == []


def test_prune_keeps_what_is_named(tmp_path: Path) -> None:
    cache.obtain(tmp_path, "go1.99.1", make)
    cache.obtain(tmp_path, "go1.99.2", lambda into: (Manifest("go1.99.2", "", "gc", "", "go", "", "", 0), {}))
    assert prune(tmp_path, keep=["go1.99.1"]) == ["go1.99.2"]
    assert names(tmp_path) == ["go1.99.1"]


def test_of_many_at_once_one_makes_it(tmp_path: Path) -> None:
    made: list[Path] = []

    def slowly(into: Path) -> tuple[Manifest, Contents]:
        made.append(into)
        time.sleep(0.2)
        return make(into)

    with ThreadPoolExecutor(8) as pool:
        entries = list(pool.map(lambda _: cache.obtain(tmp_path, "go1.99.1", slowly), range(8)))
    assert len(made) == 1
    assert len(set(entries)) == 1


def test_an_entry_whose_manifest_is_damaged_is_made_anew(tmp_path: Path) -> None:
    entry = cache.obtain(tmp_path, "go1.99.1", make)
    (entry.path / cache.MANIFEST).write_text("{")
    assert cache.find(tmp_path, "go1.99.1") is None
    assert cache.obtain(tmp_path, "go1.99.1", make) == entry
    assert verify(tmp_path) == {"go1.99.1": []}


def test_verify_tells_every_difference(tmp_path: Path) -> None:
    root = cache.obtain(tmp_path, "go1.99.1", make).root
    (root / "bin/go").write_text("no")
    (root / "VERSION").unlink()
    (root / "more").write_text("")
    (root / "link").unlink()
    (root / "link").symlink_to("more")
    assert verify(tmp_path) == {
        "go1.99.1": ["go/VERSION is missing", "go/more is new", "go/bin/go is changed", "go/link is changed"]
    }


def test_verify_does_not_trust_a_changed_list(tmp_path: Path) -> None:
    entry = cache.obtain(tmp_path, "go1.99.1", make)
    (entry.root / "bin/go").write_text("no")
    (entry.path / cache.CONTENTS).write_text(
        (entry.path / cache.CONTENTS).read_text().replace(cache.survey(entry.path)["go/VERSION"], "0" * 64)
    )
    assert verify(tmp_path) == {"go1.99.1": ["contents.json does not match the digest in manifest.json"]}


def test_the_directory_is_the_users_choice(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DEFERDIFF_CACHE", str(tmp_path))
    assert cache.default_directory() == tmp_path
    monkeypatch.delenv("DEFERDIFF_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "/cache")
    assert cache.default_directory() == Path("/cache/deferdiff")
