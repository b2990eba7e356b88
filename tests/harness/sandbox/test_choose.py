"""An opened sandbox has the emulator of its toolchain."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import SandboxFailed
from harness.sandbox import EMULATOR, Limits, choose
from tests.harness.fake import FakeSandbox, installed


class Broken(FakeSandbox):
    def put(self, files: object) -> None:
        raise SandboxFailed("full")


@pytest.mark.parametrize(("kind", "name"), [("docker", "DockerSandbox"), ("process", "ProcessSandbox")])
def test_the_emulator_is_put_into_it(kind: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "qemu").write_bytes(b"\x7fELF")
    made: list[FakeSandbox] = []
    sort: list[type[FakeSandbox]] = [FakeSandbox]

    def make(*_: object, **__: object) -> FakeSandbox:
        made.append(sort[0]())
        return made[-1]

    def opened(emulator: Path | None) -> None:
        toolchain = replace(installed(), emulator=emulator)
        choose.open_sandbox(kind, toolchain, supervisor=tmp_path, cache=tmp_path, limits=Limits())

    monkeypatch.setattr(choose, "choose", lambda _: kind)
    monkeypatch.setattr(choose, name, make)
    opened(None)
    opened(tmp_path / "qemu")
    assert [sandbox.files for sandbox in made] == [{}, {EMULATOR: b"\x7fELF"}]
    assert [sandbox.closed for sandbox in made] == [0, 0]
    sort[0] = Broken
    with pytest.raises(SandboxFailed, match="full"):
        opened(tmp_path / "qemu")
    assert made[-1].closed == 1
