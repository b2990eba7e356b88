"""Bad input is one clear line on standard error and exit status 2; nothing is written, nothing is lost."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness import cli
from tests.endtoend.conftest import fresh_cache
from tests.endtoend.tool import CASES, write_case

PROGRAM = 'package main\n\nfunc main() { println("hello") }\n'


@dataclass(frozen=True)
class Told:
    status: object
    stdout: str
    stderr: str


class Person:
    """Someone who types commands in a directory; what the directory holds must stay as it is."""

    def __init__(self, home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self.home = home
        self._capsys = capsys
        self._monkeypatch = monkeypatch

    def types(self, *arguments: str | Path) -> Told:
        before = self._files()
        self._monkeypatch.setattr(sys, "argv", ["deferdiff", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        stdout, stderr = self._capsys.readouterr()
        assert self._files() == before
        return Told(ended.value.code, stdout, stderr)

    def is_refused(self, *arguments: str | Path, says: tuple[str, ...]) -> None:
        told = self.types(*arguments)
        assert told.stderr.endswith("\n")
        lines = told.stderr.splitlines()
        assert len(lines) == 1, told.stderr
        assert lines[0].startswith("deferdiff: ")
        for words in says:
            assert words in lines[0]
        assert (told.status, told.stdout) == (2, "")

    def _files(self) -> dict[str, bytes | None]:
        return {
            str(path.relative_to(self.home)): path.read_bytes() if path.is_file() else None
            for path in self.home.rglob("*")
            if path.is_dir() or os.access(path, os.R_OK)
        }


@pytest.fixture
def person(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Person:
    home = tmp_path / "home"
    home.mkdir()
    (home / "program.go").write_text(PROGRAM)
    write_case(home / "cases", "small/one", '\tprintln("one")')
    monkeypatch.chdir(home)
    monkeypatch.setenv("DEFERDIFF_CACHE", str(fresh_cache(tmp_path / "cache")))
    return Person(home, capsys, monkeypatch)


COMMANDS = {"gate": ("gate",), "run": ("run", "program.go")}
both = pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)


# --- options ---------------------------------------------------------------------------------------------


@both
@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--timeout", "0"), ("--timeout", "0.1", "--help")),
        (("--timeout", "-1"), ("--timeout",)),
        (("--timeout", "1e9"), ("--timeout", "3600")),
        (("--timeout", "nan"), ("--timeout",)),
        (("--timeout", "soon"), ("--timeout", "number")),
        (("--sandbox", "castle"), ("--sandbox", "castle", "docker", "process")),
        (("--base", "go1.22.10"), ("--base", "--revert", "--patch")),
        (("--bsae", "go1.22.10"), ("--bsae", "--base")),
        (("--toolchains", "none.yaml"), ("none.yaml", "No such file")),
    ],
)
def test_options(person: Person, command: tuple[str, ...], options: tuple[str, ...], says: tuple[str, ...]) -> None:
    person.is_refused(*command, *options, says=says)


def test_options_that_contradict_each_other(person: Person) -> None:
    (person.home / "a.patch").write_text("")
    for side in ("--pre", "--post"):
        for change in ("--patch", "--revert"):
            person.is_refused("gate", side, "go1.22.10", change, "a.patch", says=("--pre and --post", "--revert"))


def test_arguments(person: Person) -> None:
    person.is_refused("gaet", says=("gaet",))
    person.is_refused("gate", "more", says=("more",))
    person.is_refused("run", says=("FILE",))
    person.is_refused("run", "program.go", "more.go", says=("more.go",))


# --- toolchains ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("gofer", ("gofer",)),
        ("go1.22.10,flags=-l", ("flags",)),
        ("go1.22.10,goarch=pdp11", ("pdp11",)),
        ("goroot:nowhere", ("nowhere",)),
        ("", ("toolchain",)),
    ],
)
def test_toolchains(person: Person, text: str, says: tuple[str, ...]) -> None:
    person.is_refused("gate", "--pre", text, says=says)
    person.is_refused("gate", "--post", text, says=says)
    person.is_refused("run", "program.go", "-t", text, says=says)


@pytest.mark.toolchain
def test_a_release_that_is_not_there(person: Person) -> None:
    person.is_refused("run", "program.go", "-t", "go1.22.99", says=("go1.22.99", "go1.22.10"))


# --- patches ---------------------------------------------------------------------------------------------


PATCH = """--- a/src/runtime/panic.go
+++ b/src/runtime/panic.go
@@ -1,3 +1,3 @@
 // never there
-// nor this
+// but this
 // and this
"""


@pytest.mark.toolchain
@both
@pytest.mark.parametrize("option", ["--patch", "--revert"])
def test_a_patch_that_does_not_apply(person: Person, command: tuple[str, ...], option: str) -> None:
    (person.home / "bad.patch").write_text(PATCH)
    person.is_refused(*command, option, "bad.patch", says=("bad.patch", "src/runtime/panic.go", "hunk 1"))


@both
@pytest.mark.parametrize("option", ["--patch", "--revert"])
@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, ("a.patch", "No such file")),
        (b"", ("a.patch",)),
        (b"just words\n", ("a.patch",)),
        (b"\xff\xfe\x00", ("a.patch",)),
    ],
)
def test_a_patch_that_can_not_be_read(
    person: Person, command: tuple[str, ...], option: str, content: bytes | None, says: tuple[str, ...]
) -> None:
    if content is not None:
        (person.home / "a.patch").write_bytes(content)
    person.is_refused(*command, option, "a.patch", says=says)


@both
def test_a_patch_that_is_a_directory(person: Person, command: tuple[str, ...]) -> None:
    person.is_refused(*command, "--patch", "cases", says=("cases",))


# --- cases and programs ----------------------------------------------------------------------------------


HEADER = "title: t\nowes: o\nsource: https://go.dev/ref/spec#X\n"
CASE = f"/*\n{HEADER}*/\n{PROGRAM}"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (CASE.replace("owes: o", "owes: [o"), ("cases/small/bad.go:",)),
        (CASE.replace("owes: o", "owse: o"), ("cases/small/bad.go:3", "owse")),
        (CASE.replace("title: t\n", ""), ("cases/small/bad.go", "title")),
        (CASE.replace("owes: o", "owes: o\nexit: 700"), ("cases/small/bad.go:4", "exit")),
        (CASE.replace("owes: o", 'owes: o\non: "1.22 or so"'), ("cases/small/bad.go:4", "1.22 or so")),
        (CASE.replace("package main", "package other"), ("cases/small/bad.go", "package main")),
        (PROGRAM, ("cases/small/bad.go:1", "no header")),
    ],
    ids=["no YAML", "unknown key", "missing key", "bad status", "bad constraint", "other package", "no header"],
)
def test_headers(person: Person, text: str, says: tuple[str, ...]) -> None:
    (person.home / "cases/small/bad.go").write_text(text)
    person.is_refused("gate", says=says)
    if text.startswith("/*\ntitle:"):
        person.is_refused("run", "cases/small/bad.go", says=says)


@pytest.mark.toolchain
@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("func main() { defer }\n", ("{}:", "defer")),
        ("func main() {\n", ("{}",)),
        ("func main() { missing() }\n", ("{}", "does not compile", "undefined: missing")),
        ('import "not/there"\n\nfunc main() { there.Go() }\n', ("{}", "does not compile", "not/there")),
    ],
    ids=["syntax", "unfinished", "unknown name", "unknown package"],
)
def test_go_that_does_not_parse_or_compile(person: Person, body: str, says: tuple[str, ...]) -> None:
    for path, command in (
        ("cases/small/bad.go", ("gate", "--sandbox", "process")),
        ("bad.go", ("run", "bad.go", "--sandbox", "process")),
    ):
        (person.home / path).write_text(f"/*\n{HEADER}*/\npackage main\n\n{body}")
        person.is_refused(*command, says=tuple(words.format(path) for words in says))
        (person.home / path).unlink()


def test_two_cases_of_one_name(person: Person) -> None:
    write_case(person.home / "more", "small/one", "")
    person.is_refused(
        *("gate", "--cases", "cases", "--cases", "more"),
        says=("more/small/one.go", "same name as", "cases/small/one.go", "rename"),
    )


def test_cases_that_are_not_there(person: Person) -> None:
    (person.home / "empty").mkdir()
    person.is_refused("gate", "--cases", "empty", says=("empty: no cases there",))
    person.is_refused("gate", "--cases", "nowhere", says=("nowhere", "no such directory"))
    person.is_refused("gate", "--cases", "program.go", says=("program.go", "no such directory"))
    person.is_refused("run", "nowhere.go", says=("nowhere.go", "no such Go file"))
    person.is_refused("run", "cases", says=("cases", "no such Go file"))


def test_a_selection_of_nothing(person: Person) -> None:
    person.is_refused("gate", "--only", "tag:nothing", says=("'tag:nothing' selects no case",))
    person.is_refused("gate", "--suite", "nothing", says=("nothing: no such suite", "there are none"))
    person.is_refused("gate", "--cases", CASES, "--suite", "no", says=("no such suite", "cl-515856", "default"))


def test_suites(person: Person) -> None:
    (person.home / "cases/suites").mkdir()
    (person.home / "cases/suites/odd.yaml").write_text("title: odd\nselect: small\n")
    person.is_refused("gate", "--suite", "odd", says=("cases/suites/odd.yaml:2", "select"))


# --- policies and reports --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("regressed: maybe\n", ("policy.yaml:1", "regressed")),
        ("same: allow\nregresed: fail\n", ("policy.yaml:2", "regresed")),
        ("same: [allow\n", ("policy.yaml:",)),
        (None, ("policy.yaml", "cannot be read")),
    ],
)
def test_policies(person: Person, text: str | None, says: tuple[str, ...]) -> None:
    if text is not None:
        (person.home / "policy.yaml").write_text(text)
    person.is_refused("gate", "--policy", "policy.yaml", says=says)


def test_a_report_directory_that_is_a_file(person: Person) -> None:
    person.is_refused("gate", "--out", "program.go", says=("program.go", "another directory"))
    person.is_refused("gate", "--out", "program.go/below", says=("program.go/below",))


def test_a_report_directory_with_a_stranger_in_it(person: Person) -> None:
    (person.home / "report/rerun").mkdir(parents=True)
    (person.home / "report/rerun/mine").write_text("precious")
    person.is_refused("gate", says=("report/rerun", "not made by deferdiff"))


def test_a_report_directory_that_can_not_be_written(person: Person) -> None:
    # Root may write wherever the file system can be written, which /proc can not be.
    place = Path("/proc/self/report")
    if os.geteuid() != 0:
        place = person.home / "locked"
        place.mkdir(0o500)
    person.is_refused("gate", "--out", place, says=(str(place), "cannot be written"))


@pytest.mark.toolchain
def test_an_earlier_report_is_not_lost(person: Person) -> None:
    (person.home / "report").mkdir()
    (person.home / "report/report.json").write_text("{}")
    write_case(person.home / "cases", "small/bad", "\tmissing()")
    person.is_refused("gate", "--sandbox", "process", says=("does not compile",))
    assert (person.home / "report/report.json").read_text() == "{}"
