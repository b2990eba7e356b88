from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import BadToolchain
from harness.toolchain import load, parse


@pytest.fixture(autouse=True)
def _in_an_empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_shipped_names() -> None:
    names = load()
    assert {name: parse(name, names).text for name in names} == {"post": "go1.22.10", "pre": "go1.21.13"}


def test_a_file_of_the_users_adds_and_replaces() -> None:
    Path("toolchains.yaml").write_text("pre: go1.21.13,gcflags=-l\nmine: post,goarch=386\n")
    names = load()
    assert {name: parse(name, names).text for name in names} == {
        "post": "go1.22.10",
        "pre": "go1.21.13,gcflags=-l",
        "mine": "go1.22.10,goarch=386",
    }


def test_a_named_file_is_taken_instead_of_the_one_here(tmp_path: Path) -> None:
    Path("toolchains.yaml").write_text("here: go1.23.1\n")
    other = tmp_path / "elsewhere" / "names.yaml"
    other.parent.mkdir()
    (other.parent / "x.patch").write_text("x")
    other.write_text("mine: post,patch=x.patch\n")
    names = load(other)
    assert "here" not in names
    assert parse("mine", names).patches[0].path == other.parent / "x.patch"


def test_an_empty_file_adds_nothing() -> None:
    Path("toolchains.yaml").write_text("# nothing yet\n")
    assert set(load()) == {"pre", "post"}


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("- go1.22.10\n", "n.yaml:1: must be a mapping of names to toolchain texts, such as post: go1.22.10"),
        ("a: go1.22.10\nb: [x\n", "n.yaml:3: not YAML"),
        ("a: go1.22.10\n\na: go1.22.11\n", "n.yaml:3: key 'a' is there already, on line 1"),
        ("a: 1.22\n", "n.yaml:1: a must stand for one toolchain text, such as go1.22.10"),
        ("x: go1.22.10\na: [go1.22.10]\n", "n.yaml:2: a must stand for one toolchain text, such as go1.22.10"),
        ("go1.5: go1.22.10\n", "n.yaml:1: go1.5 cannot be a name"),
        ("A b: go1.22.10\n", "n.yaml:1: A b cannot be a name"),
        ("gccgo: go1.22.10\n", "n.yaml:1: gccgo cannot be a name"),
    ],
)
def test_bad_files_are_one_line_with_file_and_line(content: str, line: str) -> None:
    Path("n.yaml").write_text(content)
    with pytest.raises(BadToolchain) as caught:
        load(Path("n.yaml"))
    assert str(caught.value).startswith(line)
    assert "\n" not in str(caught.value)


def test_a_file_that_cannot_be_read() -> None:
    with pytest.raises(BadToolchain) as caught:
        load(Path("none.yaml"))
    assert str(caught.value) == "none.yaml: cannot read the toolchain names: No such file or directory"
