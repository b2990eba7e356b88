from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from harness.errors import BadToolchain, ToolchainUnavailable
from harness.toolchain import install, parse
from harness.toolchain.image import Facts
from tests.harness.toolchain.fakes import PANIC, diff, replacing


@dataclass
class Images:
    """Images as the sandbox would look into them; `asked` notes what was read."""

    version: str = "go version go1.22.10 linux/amd64"
    identity: str = "sha256:12"
    asked: list[tuple[str, str]] = field(default_factory=list)

    def inspect(self, reference: str) -> Facts:
        return Facts(self.identity, "/usr/local/go", self.version)

    def read(self, reference: str, path: str) -> bytes | None:
        self.asked.append((reference, path))
        return PANIC.encode() if path == "/usr/local/go/src/runtime/panic.go" else None


def test_an_image_with_go() -> None:
    made = install(parse("image:registry:5000/go@sha256:12"), Path("/nowhere"), images=Images())
    assert (made.image, made.root) == ("registry:5000/go@sha256:12", None)
    assert (made.go, made.release, made.engine) == ("/usr/local/go/bin/go", "1.22.10", "gc")


def test_an_image_is_its_content_not_its_name() -> None:
    one = install(parse("image:one"), Path("/nowhere"), images=Images())
    assert one.digest == install(parse("image:two"), Path("/nowhere"), images=Images()).digest
    assert one.digest != install(parse("image:one"), Path("/nowhere"), images=Images(identity="sha256:13")).digest


def test_sources_in_an_image_are_patched(tmp_path: Path) -> None:
    (tmp_path / "x.patch").write_text(diff("src/runtime/panic.go", replacing(5, "five")))
    images = Images()
    made = install(parse(f"image:go,patch={tmp_path}/x.patch"), Path("/nowhere"), images=images)
    assert made.overlay == {"src/runtime/panic.go": PANIC.replace("line 5\n", "five\n")}
    assert set(images.asked) == {("go", "/usr/local/go/src/runtime/panic.go")}


def test_an_image_of_gccgo() -> None:
    version = "go version go1.18 gccgo (Debian 12.2.0-14) 12.2.0 linux/amd64"
    made = install(parse("image:gccgo"), Path("/nowhere"), images=Images(version))
    assert (made.engine, made.release) == ("gccgo", "1.18")


def test_an_image_whose_go_is_something_else() -> None:
    with pytest.raises(BadToolchain) as caught:
        install(parse("image:x"), Path("/nowhere"), images=Images("Go, the game"))
    assert str(caught.value) == "image:x: go version says 'Go, the game', which is no Go release"


def test_no_engine() -> None:
    with pytest.raises(ToolchainUnavailable) as caught:
        install(parse("image:x"), Path("/nowhere"))
    assert str(caught.value) == "image:x: images need a container Engine, and none answers"
