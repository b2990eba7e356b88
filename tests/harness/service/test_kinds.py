from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from harness import toolchain
from harness.errors import BadPatch, BadToolchain, UsageError
from harness.service.kinds import READER, BadRequest, Place

PATCH = "--- a/src/runtime/panic.go\n+++ b/src/runtime/panic.go\n@@ -1 +1 @@\n-a\n+b\n"
PLACE = Place(Path("/cases"), toolchain.load(), sandbox="process", policy=Path("/policy.yaml"))


def command(place: Place = PLACE, files: dict[str, str] | None = None, **given: Any) -> list[str]:
    uploads = [{"name": name, "text": text} for name, text in (files or {}).items()]
    request = READER.validate_json(json.dumps({**given, "files": uploads}))
    request.check(place)
    return request.command(place)


def test_a_gate() -> None:
    words = command(kind="gate", base="post", revert=["cl.patch"], only=["recover"], files={"cl.patch": PATCH})
    assert words[0] == "gate"
    for word in (
        "--json",
        "--out=out",
        "--cases=/cases",
        "--policy=/policy.yaml",
        "--revert=cl.patch",
        "--only=recover",
    ):
        assert word in words
    assert "--fresh" not in words


@pytest.mark.parametrize(
    ("given", "files", "wanted"),
    [
        ({"kind": "run", "program": "a.go", "on": ["pre", "post"]}, {"a.go": ""}, "run a.go --toolchain=post"),
        ({"kind": "fuzz", "on": ["pre"], "time": 5.0, "variants": True}, {}, "fuzz --time=5.0 --variants --out=out"),
        ({"kind": "bisect-releases", "program": "recover/helper"}, {}, "bisect releases recover/helper"),
        (
            {"kind": "bisect-hunks", "program": "a.yaml", "patch": "x.patch"},
            {"a.yaml": "", "x.patch": PATCH},
            "bisect hunks a.yaml --patch=x.patch",
        ),
        (
            {"kind": "reduce", "program": "a.yaml", "on": "pre"},
            {"a.yaml": ""},
            "reduce a.yaml --out=out/smallest.yaml",
        ),
        ({"kind": "mutate", "first": 3}, {}, "mutate --first=3 --every=1"),
    ],
)
def test_what_the_kinds_mean(given: dict[str, Any], files: dict[str, str], wanted: str) -> None:
    words = command(files=files, **given)
    assert set(wanted.split()) <= set(words)
    assert {"--json", "--sandbox=process"} <= set(words)


@pytest.mark.parametrize(
    ("given", "files", "wanted"),
    [
        (
            {"kind": "bisect-releases", "program": "a.go", "good": "go1.21.13", "having": "gcflags=-N -l"},
            {"a.go": ""},
            "deferdiff bisect releases a.go --good=go1.21.13 '--with=gcflags=-N -l' --jobs=1 --timeout=10.0",
        ),
        (
            {"kind": "bisect-hunks", "program": "recover/helper", "patch": "x.patch", "base": "go1.22.10"},
            {"x.patch": PATCH},
            "deferdiff bisect hunks recover/helper --patch=x.patch --base=go1.22.10 --jobs=1 --timeout=10.0",
        ),
    ],
)
def test_a_client_is_told_a_command_of_its_own(given: dict[str, Any], files: dict[str, str], wanted: str) -> None:
    uploads = [{"name": name, "text": text} for name, text in files.items()]
    assert READER.validate_python({**given, "files": uploads}).again() == wanted


def test_a_cluster_makes_the_programs_of_campaigns_as_data_and_of_no_others() -> None:
    place = replace(PLACE, scheduler="tcp://host:8786")
    assert "--scheduler=tcp://host:8786" in command(place, kind="fuzz")
    assert not [word for word in command(place, kind="fuzz", tier="source") if word.startswith("--scheduler")]


def test_a_toolchain_may_have_uploaded_patches() -> None:
    text = "go1.22.10,patch=x.patch"
    words = command(kind="run", program="a.go", on=[text], files={"a.go": "", "x.patch": PATCH})
    assert f"--toolchain={text}" in words


def test_values_cannot_pass_for_options() -> None:
    for word in command(kind="gate", only=["--out=/etc"], suite="default")[1:]:
        assert word.startswith("--")
    assert "--only=--out=/etc" in command(kind="gate", only=["--out=/etc"])


@pytest.mark.parametrize(
    "name",
    [
        "../a.go",
        "a/b.go",
        "/etc/passwd",
        "-t.go",
        ".a.go",
        "a.sh",
        "a.go\n",
        "out",
        "toolchains.yaml",
        "accepted.yaml",
        "a..go",
        "",
    ],
)
def test_names_of_uploads_are_no_paths(name: str) -> None:
    with pytest.raises(ValidationError):
        command(kind="run", program="a.go", files={name: "", "a.go": ""})


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"program": "b.go"}, "b.go: no such file was uploaded"),
        ({"program": "b.go"}, "no such file"),
        ({"program": "a.go", "patch": ["x.patch"]}, "x.patch: no such file was uploaded"),
        ({"program": "a.go", "on": ["pre,patch=x.patch"]}, "x.patch: no such file was uploaded"),
    ],
)
def test_what_is_named_must_be_uploaded(given: dict[str, Any], why: str) -> None:
    with pytest.raises(BadRequest, match=why):
        command(kind="run", files={"a.go": ""}, **given)


def test_what_is_uploaded_must_be_named() -> None:
    with pytest.raises(BadRequest, match=r"b\.go: was uploaded, but nothing in the request names it"):
        command(kind="run", program="a.go", files={"a.go": "", "b.go": ""})


@pytest.mark.parametrize(
    "text", ["go1.22.10,patch=/etc/passwd", "go1.22.10,revert=../x.patch", "post,patch=~/x.patch"]
)
def test_a_patch_is_no_file_of_the_machine(text: str) -> None:
    with pytest.raises(BadPatch, match="without a directory"):
        command(kind="run", program="a.go", on=[text], files={"a.go": ""})


@pytest.mark.parametrize("text", ["goroot:/usr/lib/go", "image:golang", "goroot:/x,gcflags=-l"])
def test_machines_toolchains_are_for_those_who_may(text: str) -> None:
    with pytest.raises(BadToolchain, match="not for clients"):
        command(kind="run", program="a.go", on=[text], files={"a.go": ""})
    local = Place(Path("/cases"), toolchain.load(), local=True)
    assert f"--toolchain={text}" in command(local, kind="run", program="a.go", on=[text], files={"a.go": ""})


@pytest.mark.parametrize("text", ["go1.22.10,nonsense=1", "nothing", "go1.22.10\x00"])
def test_a_toolchain_that_means_nothing(text: str) -> None:
    with pytest.raises((UsageError, ValidationError)):
        command(kind="run", program="a.go", on=[text], files={"a.go": ""})


@pytest.mark.parametrize(
    "patch",
    [
        "no patch at all",
        PATCH.replace("src/runtime/panic.go", "../../etc/passwd"),
        PATCH.replace("a/src", "/src").replace("b/src", "/src"),
        PATCH.replace("src/runtime/panic.go", "bin/go"),
        PATCH.replace("panic.go", "panic.py"),
        f"diff --git a/src/runtime/x.go b/src/runtime/x.go\nnew file mode 120000\n{PATCH}",
        f"diff --git a/src/x.go b/src/y.go\nrename from src/x.go\nrename to src/y.go\n{PATCH}",
        f"GIT binary patch\n{PATCH}",
    ],
)
def test_patches_change_source_files_below_goroot(patch: str) -> None:
    with pytest.raises(BadPatch):
        command(kind="gate", patch=["x.patch"], files={"x.patch": patch})


@pytest.mark.parametrize(
    "given",
    [
        {"kind": "commits"},
        {"kind": "gate", "out": "/etc"},
        {"kind": "gate", "timeout": "10"},
        {"kind": "gate", "suite": "../suite"},
        {"kind": "mutate", "file": "src/../../etc/passwd.go"},
        {"kind": "fuzz", "shard": "1/0"},
        {"kind": "bisect-releases", "program": "../cases/x"},
        {"kind": "bisect-releases", "program": "recover/helper", "good": "go1.22.10,patch=x"},
    ],
)
def test_what_no_request_may_say(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        command(**given)
