from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import BadPatch, BadToolchain
from harness.model import Patch, Toolchain
from harness.toolchain import text
from harness.toolchain.names import Name

PATCH_NAMES = ("a.patch", "b,c.patch", "d\\e.patch", "f\\,g=h.patch", "race", "x y.patch")
NAMES = {
    "post": Name("go1.22.10", Path(), "toolchains.yaml:1: post"),
    "loop": Name("knot,gcflags=-l", Path(), "toolchains.yaml:2: loop"),
    "knot": Name("loop", Path(), "toolchains.yaml:3: knot"),
    "typo": Name("go1.22.10,gcflag=-l", Path(), "toolchains.yaml:4: typo"),
}


@pytest.fixture(autouse=True)
def _in_a_directory_with_patches(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(directory)


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("patches")
    for name in PATCH_NAMES:
        (made / name).write_text(f"the patch {name}\n")
    (made / "latin1.patch").write_bytes(b"caf\xe9")
    return made


def parse(words: str) -> Toolchain:
    return text.parse(words, NAMES)


def test_every_key() -> None:
    made = parse("go1.22.10,revert=a.patch,hunks=1,3-5,patch=x y.patch,gcflags=-N -l,goarch=arm64,race")
    assert made == Toolchain(
        name="go1.22.10,revert=a.patch,hunks=1,3-5,patch=x y.patch,gcflags=-N -l,goarch=arm64,race",
        text="go1.22.10,revert=a.patch,hunks=1,3-5,patch=x y.patch,gcflags=-N -l,goarch=arm64,race",
        base="go1.22.10",
        patches=(
            Patch(Path("a.patch"), "the patch a.patch\n", reverse=True, hunks=frozenset({1, 3, 4, 5})),
            Patch(Path("x y.patch"), "the patch x y.patch\n"),
        ),
        gcflags="-N -l",
        goarch="arm64",
        race=True,
    )


def test_lists_continue_over_commas_and_settings_repeat() -> None:
    made = parse("go1.27.3,goexperiment=a,nob,gcflags=-d=defer,checkptr,godebug=a=1,godebug=b=2")
    assert (made.goexperiment, made.gcflags, made.godebug) == ("a,nob", "-d=defer,checkptr", "a=1,b=2")
    assert made.text == "go1.27.3,gcflags=-d=defer\\,checkptr,goexperiment=a,nob,godebug=a=1,godebug=b=2"


def test_order_of_keys_does_not_matter_but_order_of_patches_does() -> None:
    assert parse("go1.22.10,race,goarch=386,gcflags=-l") == parse("go1.22.10,gcflags=-l,race,goarch=386")
    assert parse("go1.22.10,patch=a.patch,revert=race") != parse("go1.22.10,revert=race,patch=a.patch")


def test_a_name_keeps_its_name_and_takes_more_keys() -> None:
    assert (parse("post").name, parse("post").text) == ("post", "go1.22.10")
    assert parse("post,gcflags=-l") == parse("go1.22.10,gcflags=-l")


def test_names_files_hold_relative_patches(tmp_path: Path) -> None:
    (tmp_path / "mine.patch").write_text("mine")
    names = NAMES | {"exact": Name("post,revert=mine.patch", tmp_path, "f:1: exact")}
    made = text.parse("exact,hunks=2,patch=a.patch", names)
    assert [(patch.path, patch.text) for patch in made.patches] == [
        (tmp_path / "mine.patch", "mine"),
        (Path("a.patch"), "the patch a.patch\n"),
    ]
    assert made.patches[0].hunks == {2}


def test_more_patches_make_the_other_side_of_a_pair() -> None:
    made = text.with_patches(parse("post,patch=a.patch"), revert=[Path("b,c.patch")])
    assert made == parse("go1.22.10,patch=a.patch,revert=b\\,c.patch")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("", "'' names no toolchain; write a name, go<release>, gccgo, image:<reference> or goroot:<path>"),
        (
            "1.22.10",
            "1.22.10: no such toolchain; write a name, go<release>, gccgo, image:<reference> or goroot:<path>"
            " (names: knot, loop, post, typo); did you mean go1.22.10?",
        ),
        (
            "pots",
            "pots: no such toolchain; write a name, go<release>, gccgo, image:<reference> or goroot:<path>"
            " (names: knot, loop, post, typo); did you mean post?",
        ),
        ("image:", "image:: image: needs an image reference after the colon"),
        ("goroot:,race", "goroot:,race: goroot: needs the path of a Go tree after the colon"),
        (
            "go1.22.10,gcflag=-l",
            "go1.22.10,gcflag=-l: 'gcflag=-l' is no key=value; did you mean gcflags?"
            " keys are patch, revert, hunks, gcflags, goarch, goexperiment, godebug, race",
        ),
        (
            "go1.22.10,-l",
            "go1.22.10,-l: '-l' is no key=value;"
            " keys are patch, revert, hunks, gcflags, goarch, goexperiment, godebug, race",
        ),
        ("go1.22.10,,race", "go1.22.10,,race: there is nothing between two commas"),
        ("go1.22.10,gcflags=", "go1.22.10,gcflags=: gcflags has no value; write gcflags=..."),
        ("go1.22.10,race=1", "go1.22.10,race=1: race takes no value"),
        ("go1.22.10,goarch=386,goarch=arm", "go1.22.10,goarch=386,goarch=arm: goarch is given twice"),
        ("go1.22.10,hunks=1", "go1.22.10,hunks=1: hunks=1 must stand behind one patch= or revert="),
        (
            "go1.22.10,patch=a.patch,hunks=1,hunks=2",
            "go1.22.10,patch=a.patch,hunks=1,hunks=2: hunks=2 must stand behind one patch= or revert=",
        ),
        (
            "go1.22.10,patch=a.patch,hunks=1,5-3",
            "go1.22.10,patch=a.patch,hunks=1,5-3: hunks=5-3 is no list of hunk numbers such as 1,3-5",
        ),
        (
            "go1.22.10,patch=a.patch,hunks=0",
            "go1.22.10,patch=a.patch,hunks=0: hunks=0 is no list of hunk numbers such as 1,3-5",
        ),
        (
            "go1.22.10,goarch=x86",
            "go1.22.10,goarch=x86: goarch=x86 is unknown; possible are 386, amd64, arm, arm64, loong64, mips, mips64,"
            " mips64le, mipsle, ppc64, ppc64le, riscv64, s390x, wasm",
        ),
        (
            "go1.22.10,goexperiment=No Such",
            "go1.22.10,goexperiment=No Such: goexperiment=No Such is no name of an experiment",
        ),
        ("go1.22.10,godebug=panicnil", "go1.22.10,godebug=panicnil: godebug=panicnil is no name=value setting"),
        (
            "gccgo,patch=a.patch",
            "gccgo,patch=a.patch: gccgo takes no patch or revert: its runtime is compiled in, for this machine",
        ),
        ("gccgo,goarch=386", "gccgo,goarch=386: gccgo takes no goarch: its runtime is compiled in, for this machine"),
        ("gccgo,race", "gccgo,race: gccgo takes no race: its runtime is compiled in, for this machine"),
        ("loop", "toolchains.yaml:2: loop: loop -> knot -> loop: a name cannot stand for itself"),
        (
            "typo",
            "toolchains.yaml:4: typo: go1.22.10,gcflag=-l: 'gcflag=-l' is no key=value; did you mean gcflags?"
            " keys are patch, revert, hunks, gcflags, goarch, goexperiment, godebug, race",
        ),
    ],
)
def test_bad_text_is_one_line_that_says_what_is_possible(words: str, line: str) -> None:
    with pytest.raises(BadToolchain) as caught:
        parse(words)
    assert str(caught.value) == line


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("go1.22.10,patch=no.patch", "no.patch: cannot read the patch: No such file or directory"),
        ("go1.22.10,patch=/", "/: cannot read the patch: Is a directory"),
        ("go1.22.10,revert=latin1.patch", "latin1.patch: the patch is not UTF-8 text (byte 3)"),
    ],
)
def test_unreadable_patches(words: str, line: str) -> None:
    with pytest.raises(BadPatch) as caught:
        parse(words)
    assert str(caught.value) == line


def test_a_base_is_known_without_reading_patches() -> None:
    assert text.base_of("post,patch=no.patch", NAMES) == "go1.22.10"


words = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zs", "Zl", "Zp"]), min_size=1)
hunks = st.frozensets(st.integers(1, 99999))
patches = st.builds(
    lambda name, reverse, chosen: Patch(Path(name), f"the patch {name}\n", reverse, chosen),
    st.sampled_from(PATCH_NAMES),
    st.booleans(),
    hunks,
)
experiments = st.lists(st.from_regex(r"(no)?[a-qs-z][a-z0-9]*", fullmatch=True)).map(",".join)
settings = st.lists(st.from_regex(r"[a-z][a-z0-9_]{0,9}=[a-z0-9\\]{1,9}", fullmatch=True)).map(",".join)
releases = st.from_regex(r"go1\.[1-9][0-9]{0,2}(\.[0-9]{1,3}|rc[1-9])?", fullmatch=True)
bases = releases | words.map("image:".__add__) | st.sampled_from(["goroot:/go", "goroot:a,b", "goroot:a\\,b"])
toolchains = st.builds(
    Toolchain,
    name=st.just(""),
    text=st.just(""),
    base=bases,
    patches=st.lists(patches, max_size=3).map(tuple),
    gcflags=st.just("") | words,
    goarch=st.sampled_from(["", *text.ARCHITECTURES]),
    goexperiment=experiments,
    godebug=settings,
    race=st.booleans(),
)


@given(toolchains)
def test_the_canonical_text_means_the_toolchain(directory: Path, toolchain: Toolchain) -> None:
    whole = text.canonical(toolchain)
    assert parse(whole) == replace(toolchain, name=whole, text=whole)
    assert text.canonical(parse(whole)) == whole


@given(hunks.filter(bool))
def test_hunks_round_trip(chosen: frozenset[int]) -> None:
    assert text.read_hunks(text.spell_hunks(chosen)) == chosen
