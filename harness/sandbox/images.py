"""Which image a toolchain runs in, and what is in an image that a person names."""

from __future__ import annotations

import fcntl
import hashlib
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Generic, TypeVar

from harness.errors import BadToolchain, SandboxFailed
from harness.model import Installed
from harness.sandbox import rootfs
from harness.sandbox.docker import SLOW_SECONDS, Engine

Facts = TypeVar("Facts")

REPOSITORY = "deferdiff/toolchain"
LOOK_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Image:
    """The image that a toolchain runs in: its `tag`, and the identity of the `tree` in it, without what is ours."""

    tag: str
    tree: str


def image_for(engine: Engine, installed: Installed, supervisor: Path, cache: Path) -> Image:
    """The image for a toolchain, named by its content and made if the Engine does not have it.

    A tree of ours becomes an image FROM scratch; an image of somebody else's gets the supervisor added.
    """
    memo = cache / "images"
    base = _base(engine, installed, memo)
    tree = hashlib.sha256(base.encode()).hexdigest()[:32]
    recipe = repr((base, supervisor.name, rootfs.BUILDER, rootfs.HOME, rootfs.goroot(installed)))
    name = hashlib.sha256(recipe.encode()).hexdigest()[:32]
    tag = f"{REPOSITORY}:{name}"
    with _one_maker(memo / f"{name}.lock"):
        if engine.image(tag) is not None:
            return Image(tag, tree)
        if installed.root is None:
            engine.derive_image(REPOSITORY, name, installed.image, rootfs.ours(supervisor))
        else:
            try:
                engine.make_image(REPOSITORY, name, lambda into: rootfs.write(installed, supervisor, into))
            except OSError as error:
                raise SandboxFailed(f"cannot read the toolchain in {installed.root}: {error}") from error
    return Image(tag, tree)


def _base(engine: Engine, installed: Installed, memo: Path) -> str:
    if installed.root is None:
        return _known(engine, installed.image)
    try:
        return rootfs.digest(installed, memo)
    except OSError as error:
        raise SandboxFailed(f"cannot read the toolchain in {installed.root}: {error}") from error


def _known(engine: Engine, reference: str) -> str:
    found = engine.image(reference)
    if found is None:
        raise BadToolchain(f"image:{reference}: no such image on this machine (pull or build it first)")
    return str(found["Id"])


@contextmanager
def _one_maker(lock: Path) -> Iterator[None]:
    """Others, threads or processes, that want the same image wait here for the first to make it."""
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise SandboxFailed(f"cannot write in {lock.parent}: {error}") from error
    try:
        deadline = time.monotonic() + SLOW_SECONDS
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError as error:
                if time.monotonic() > deadline:
                    raise SandboxFailed(f"{lock}: another process has held it for {SLOW_SECONDS} s") from error
                time.sleep(0.1)
        yield
    finally:
        os.close(descriptor)


class EngineImages(Generic[Facts]):
    """Looks into images for the toolchains in them: `harness.toolchain.image.Images`, whose `Facts` are made of an
    image's identity, its GOROOT and what its `go version` says. Runs nothing of an image but its go command."""

    def __init__(self, engine: Engine, facts: Callable[[str, str, str], Facts]) -> None:
        self._engine = engine
        self._facts = facts

    def inspect(self, reference: str) -> Facts:
        """Raises `BadToolchain` if there is no such image or no go command in it."""
        identity = _known(self._engine, reference)
        config = (self._engine.image(reference) or {}).get("Config") or {}
        environment = dict(entry.partition("=")[::2] for entry in config.get("Env") or ())
        places = [*environment.get("PATH", "").split(":"), "/usr/local/go/bin", "/go/bin"]
        with self._engine.unstarted(reference) as container:
            for place in dict.fromkeys(filter(None, places)):
                go = str(PurePosixPath(place, "go"))
                if container.has(go):
                    break
            else:
                raise BadToolchain(f"image:{reference}: no go command in it (looked in {', '.join(places)})")
        version = self._say(reference, go, "version")
        return self._facts(identity, self._say(reference, go, "env", "GOROOT"), version)

    def _say(self, reference: str, *argv: str) -> str:
        with self._engine.unstarted(reference, argv) as container:
            status, text = container.output(LOOK_SECONDS)
        if status != 0:
            raise BadToolchain(f"image:{reference}: {' '.join(argv)} ends with status {status}")
        return text.strip()

    def read(self, reference: str, path: str) -> bytes | None:
        """The file at an absolute path in an image, None if there is none or it is no plain file."""
        with self._engine.unstarted(reference) as container:
            return container.read(path)
