"""What the go command is asked, and what its answer means for each case."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from harness.build import COMPILER, build, environment, go_line
from harness.errors import BadPatch, SandboxFailed
from harness.model import Case, DeferKind, Exited, Installed, Mode, OutOfMemory, TimedOut
from harness.sandbox import Finished
from tests.harness.fake import Command, FakeSandbox, case, finished, installed

DEFERS = " defer func() {}() "
FLAGS = "-gcflags=deferdiff.test/...=-d=defer"


def command(toolchain: Installed, **sandbox: str) -> Command:
    fake = FakeSandbox(**sandbox)  # type: ignore[arg-type]  # all of them are texts
    build(fake, toolchain, [case()])
    [only] = fake.commands
    return only


# --- What is asked ----------------------------------------------------------------------------------------


def test_the_command_line() -> None:
    assert command(installed()).argv == ("/go/bin/go", "build", "-trimpath", "-o", "bin/", FLAGS, "./cmd/...")


def test_the_toolchains_flags_come_behind_ours() -> None:
    assert f"{FLAGS} -N -l" in command(installed(gcflags="-N -l")).argv


def test_the_race_detector() -> None:
    assert "-race" in command(installed(race=True)).argv


def test_gccgo_is_asked_for_no_defer_report() -> None:
    fake = FakeSandbox(goroot="/")
    toolchain = Installed(installed().toolchain, None, "debian:gccgo", "/usr/bin/go-12", "1.18", "gccgo", {}, "d")
    built = build(fake, toolchain, [case(body=DEFERS)])
    [asked] = fake.commands
    assert asked.argv == ("/usr/bin/go-12", "build", "-trimpath", "-o", "bin/", "-gccgoflags=-static", "./cmd/...")
    assert built.builds["order/lifo"].defers == {}
    assert built.builds["order/lifo"].compiled_alike


def test_the_commands_place_and_limits() -> None:
    asked = command(installed())
    assert (asked.cwd, asked.limits) == (".", COMPILER)


def test_the_environment_is_ours_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOFLAGS", "-mod=mod")
    monkeypatch.setenv("DEFERDIFF_OF_THE_MACHINE", "1")
    env = command(installed(), work="/w", cache="/c", goroot="/g").env
    assert env == environment(FakeSandbox(work="/w", cache="/c", goroot="/g"), installed())
    assert (env["GOROOT"], env["HOME"], env["TMPDIR"], env["GOCACHE"]) == ("/g", "/w", "/w/tmp", "/c")
    assert (env["GOPROXY"], env["GOFLAGS"], env["GOTOOLCHAIN"], env["GOOS"]) == ("off", "", "local", "linux")
    assert "DEFERDIFF_OF_THE_MACHINE" not in env


@pytest.mark.parametrize(("release", "line"), [("1.22.10", "1.22"), ("1.23.3.1", "1.23"), ("1.28", "1.28")])
def test_the_module_has_the_language_of_the_release(release: str, line: str) -> None:
    fake = FakeSandbox()
    build(fake, installed(release=release), [case()])
    assert go_line(release) == line
    assert fake.files["go.mod"].endswith(f"go {line}\n".encode())


def test_patched_files_take_the_place_of_the_toolchains() -> None:
    fake = FakeSandbox(goroot="/g", work="/w")
    build(fake, installed(overlay={"src/runtime/panic.go": "package runtime // ü\n"}), [case()])
    [asked] = fake.commands
    assert "-overlay=overlay.json" in asked.argv
    assert fake.files["overlay/src/runtime/panic.go"].decode() == "package runtime // ü\n"
    replace = {"/g/src/runtime/panic.go": "/w/overlay/src/runtime/panic.go"}
    assert json.loads(fake.files["overlay.json"]) == {"Replace": replace}


def test_without_patches_there_is_no_overlay() -> None:
    fake = FakeSandbox()
    build(fake, installed(), [case()])
    assert not any(argument.startswith("-overlay") for argument in fake.commands[0].argv)
    assert "overlay.json" not in fake.files
    assert "tmp/.keep" in fake.files


# --- What the answer means --------------------------------------------------------------------------------


def test_the_defer_report_reaches_the_builds() -> None:
    said = (
        "# deferdiff.test/plain/c001\n"
        "plain/c001/case.go:3:14: open-coded defer\n"
        "traced/c001/case.go:3:9: stack-allocated defer\n"
    )
    cases = [case("a/one"), case("a/two", DEFERS)]
    built = build(FakeSandbox(compiles=lambda _: finished(said)), installed(), cases)
    assert set(built.builds) == {"a/one", "a/two"}
    assert built.builds["a/one"].compiled_alike
    two = built.builds["a/two"]
    assert two.defers[Mode.PLAIN] == (DeferKind(3, "open-coded"),)
    assert two.defers[Mode.TRACED] == (DeferKind(3, "stack-allocated"),)
    assert not two.compiled_alike


def refuse(*bad: str, place: str = "plain") -> Callable[[FakeSandbox], Callable[[Command], Finished]]:
    """A compiler that refuses cases whose source has one of these words; it speaks of all of them at once."""

    def compiler(fake: FakeSandbox) -> Callable[[Command], Finished]:
        def compiles(_: Command) -> Finished:
            modules = {p.split("/")[1]: text for p, text in fake.files.items() if p.startswith(f"{place}/c")}
            said = [
                f"# deferdiff.test/{place}/{number}\n{place}/{number}/case.go:3:15: undefined: {word}\n"
                f"{place}/{number}/case.go:9:1: open-coded defer\n"
                for number, text in sorted(modules.items())
                for word in bad
                if word.encode() in text
            ]
            return finished("".join(said), Exited(1 if said else 0))

        return compiles

    return compiler


def build_refusing(
    cases: list[Case], *bad: str, place: str = "plain"
) -> tuple[FakeSandbox, dict[str, str], list[str]]:
    fake = FakeSandbox()
    compiles = refuse(*bad, place=place)(fake)

    def forgetful(asked: Command) -> Finished:
        answer = compiles(asked)
        fake.files.clear()  # the module of the next try is written whole
        return answer

    fake.compiles = forgetful
    built = build(fake, installed(), cases)
    failures = {name: found.failure for name, found in built.builds.items()}
    return fake, failures, [placed.case for placed in built.layout.placed]


@pytest.mark.parametrize("place", ["plain", "traced"])
def test_a_case_that_does_not_compile_costs_only_itself(place: str) -> None:
    cases = [case("a/one"), case("a/bad", " bad1() "), case("a/two"), case("a/worse", " bad2() ")]
    fake, failures, placed = build_refusing(cases, "bad1", "bad2", place=place)
    assert failures == {
        "a/one": "",
        "a/two": "",
        "a/bad": "a/bad.go:3:15: undefined: bad1",
        "a/worse": "a/worse.go:3:15: undefined: bad2",
    }
    assert placed == ["a/one", "a/two"]
    assert len(fake.commands) == 2


def test_where_nothing_compiles_nothing_is_placed() -> None:
    fake, failures, placed = build_refusing([case("a/bad", " bad() ")], "bad")
    assert failures == {"a/bad": "a/bad.go:3:15: undefined: bad"}
    assert placed == []
    assert len(fake.commands) == 1


def test_faults_that_show_one_after_the_other() -> None:
    """The compiler speaks of the second case only when the first is gone."""
    answers = iter(
        [
            finished("plain/c000/case.go:1:1: one\nplain/c000/case.go:1:1: one\n", Exited(1)),
            finished("plain/c000/case.go:2:2: two\n", Exited(1)),
            finished(),
        ]
    )
    fake = FakeSandbox(compiles=lambda _: next(answers))
    built = build(fake, installed(), [case("a/one"), case("a/two"), case("a/three")])
    assert {name: found.failure for name, found in built.builds.items()} == {
        "a/one": "a/one.go:1:1: one",
        "a/two": "a/two.go:2:2: two",
        "a/three": "",
    }


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (finished("go: cannot find GOROOT directory: /go\n", Exited(2)), "go: cannot find GOROOT directory: /go"),
        (finished("", Exited(1)), "it said nothing"),
        (finished("a\nb\n\n c\nd \n", Exited(1)), "c | d"),
        (finished("", TimedOut("wall", 600)), "it said nothing (TimedOut(clock='wall', seconds=600))"),
        (finished("plain/c000/case.go:3:1: open-coded defer\n", OutOfMemory(1 << 30)), "OutOfMemory(limit="),
        (finished("trace/trace.go:3:1: undefined: x\n", Exited(1)), "trace/trace.go:3:1: undefined: x"),
        (finished("plain/c099/case.go:3:1: of another build\n", Exited(1)), "of another build"),
    ],
)
def test_a_go_command_that_fails_for_no_cases_fault(answer: Finished, words: str) -> None:
    with pytest.raises(SandboxFailed) as caught:
        build(FakeSandbox(compiles=lambda _: answer), installed(), [case(body=DEFERS)])
    message = str(caught.value)
    assert message.startswith("post: the go command failed: ")
    assert words in message
    assert "\n" not in message


def test_a_patch_that_does_not_compile_is_the_users_fault() -> None:
    said = "# runtime\n../work/overlay/src/runtime/panic.go:871:11: undefined: x\n"
    patched = installed(overlay={"src/runtime/panic.go": "package runtime\n"})
    with pytest.raises(BadPatch) as caught:
        build(FakeSandbox(compiles=lambda _: finished(said, Exited(1))), patched, [case()])
    assert str(caught.value) == (
        "post: with its patches it does not compile: src/runtime/panic.go:871:11: undefined: x"
    )


def test_a_compiler_that_crashes_over_a_case_costs_that_case() -> None:
    answers = iter(
        [finished("# deferdiff.test/plain/c001\nSIGSEGV: segmentation violation\n", Exited(1)), finished()]
    )
    built = build(FakeSandbox(compiles=lambda _: next(answers)), installed(), [case("a/one"), case("a/two")])
    assert built.builds["a/one"].failure == ""
    assert built.builds["a/two"].failure == "a/two.go: SIGSEGV: segmentation violation"


def test_a_compiler_that_fails_on_a_shared_package_is_asked_about_each_case() -> None:
    """It tells of the package only; then each case gets one of its own, and only the one that is to blame fails."""
    cases = [replace(case(f"fuzz/p{n}", DEFERS), prefix=f"p{n}_") for n in range(3)]

    def compiles(asked: Command) -> Finished:
        if "plain/c000/p001.go" in sandbox.files:
            sandbox.files.clear()
            return finished("# deferdiff.test/plain/c000\npanic: the compiler's own", Exited(1))
        if "plain/c002/case.go" in sandbox.files:
            sandbox.files.clear()
            return finished("# deferdiff.test/plain/c001\npanic: the compiler's own", Exited(1))
        return finished()

    sandbox = FakeSandbox(compiles)
    built = build(sandbox, installed(), cases)
    assert {name: made.failure for name, made in built.builds.items()} == {
        "fuzz/p0": "",
        "fuzz/p1": "fuzz/p1.go: panic: the compiler's own",
        "fuzz/p2": "",
    }
    assert len(sandbox.commands) == 3


def test_a_file_of_a_shared_package_costs_only_itself() -> None:
    cases = [replace(case(f"fuzz/p{n}", DEFERS), prefix=f"p{n}_") for n in range(3)]
    answers = iter([finished("# x\n./plain/c000/p001.go:3:4: no such thing\n", Exited(1)), finished()])
    built = build(FakeSandbox(lambda _: next(answers)), installed(), cases)
    assert built.builds["fuzz/p1"].failure == "fuzz/p1.go:3:4: no such thing"
    assert [placed.case for placed in built.layout.placed] == ["fuzz/p0", "fuzz/p2"]
