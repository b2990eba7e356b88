"""The Docker Engine: this is the one file that knows it.

Whatever the Engine does wrong, in whatever words its client library says so, is `SandboxFailed` within bounded time.
All that is made carries labels. A container lives by a lease and an owner: one that a killed run, or a request that
timed out here and succeeded there, has left is found by them and removed (`Engine.reap`).
"""

from __future__ import annotations

import io
import os
import socket
import tarfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from typing import IO, Any

import requests
import urllib3
from docker.constants import DEFAULT_UNIX_SOCKET
from docker.errors import APIError, DockerException, ImageNotFound, NotFound
from docker.utils import kwargs_from_env

import docker
from harness.errors import SandboxFailed
from harness.sandbox.multiplexed import Multiplexed
from harness.sandbox.ownership import KIND, RUN, abandoned, labels
from harness.sandbox.supervisor import Channel

ENGINE_SECONDS = 60
"""How long the Engine may take to answer, and `SLOW_SECONDS` where it has to move a whole image."""
SLOW_SECONDS = 600
CLOSE_SECONDS = 15


@contextmanager
def _asking(what: str) -> Iterator[None]:
    """Any failure of the Engine while we ask it to do something becomes `SandboxFailed`, on one line."""
    try:
        yield
    except (DockerException, requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        reason = error.explanation if isinstance(error, APIError) and error.explanation else error
        text = " ".join(str(reason).split())[:300] or type(error).__name__
        raise SandboxFailed(f"Docker Engine: cannot {what}: {text}") from error


@dataclass(frozen=True, slots=True)
class Description:
    """An Engine that answers, for people who look for what is missing. `memory` in bytes."""

    version: str
    api: str
    cgroup: str
    storage: str
    system: str
    memory: int
    processors: int


@dataclass(frozen=True, slots=True)
class Shape:
    """What a container may use and see. Sizes in bytes; `user` is a uid and gid; `tmpfs`: path -> mount options;
    `volumes`: name -> path."""

    user: int
    memory: int
    processes: int
    files: int
    tmpfs: Mapping[str, str]
    volumes: Mapping[str, str]


class Engine:
    """The Engine that DOCKER_HOST names, or this machine's. One thread at a time, except for `Container.remove`."""

    def __init__(self, seconds: int = ENGINE_SECONDS) -> None:
        with _asking("be reached"):
            self._api = _client("auto", seconds)

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connection."""
        self._api.close()

    def describe(self) -> Description:
        """What the Engine says of itself."""
        with _asking("describe itself"):
            info = self._api.info()
            return Description(
                version=str(info.get("ServerVersion", "?")),
                api=str(self._api.api_version),
                cgroup=str(info.get("CgroupVersion", "1")),
                storage=str(info.get("Driver", "?")),
                system=str(info.get("OperatingSystem", "?")),
                memory=int(info.get("MemTotal", 0)),
                processors=int(info.get("NCPU", 0)),
            )

    # --- what is left over ----------------------------------------------------------------------------

    def reap(self) -> None:
        """Remove the containers whose lease has passed or whose process is dead."""
        with _asking("list containers"):
            found = self._api.containers(all=True, filters={"label": RUN})
        for container in found:
            if abandoned(container.get("Labels") or {}):
                Container(self._api, container["Id"]).remove()

    def prune(self) -> list[str]:
        """Remove all our images and caches that no container uses; return their names. See `reap` for containers."""
        with _asking("list images and volumes"):
            images = self._api.images(filters={"label": KIND})
            volumes = self._api.volumes(filters={"label": KIND}).get("Volumes") or []
        removed = []
        for image in images:
            with suppress(APIError), _patience(self._api, SLOW_SECONDS):
                self._api.remove_image(image["Id"], force=False)
                removed.append((image.get("RepoTags") or [image["Id"]])[0])
        for volume in volumes:
            with suppress(APIError):
                self._api.remove_volume(volume["Name"])
                removed.append(volume["Name"])
        return removed

    # --- images ---------------------------------------------------------------------------------------

    def image(self, reference: str) -> Mapping[str, Any] | None:
        """What the Engine knows of an image (`Id`, `Config`), None if it has no such image. Nothing is pulled."""
        with _asking(f"look for the image {reference}"):
            try:
                found: Mapping[str, Any] = self._api.inspect_image(reference)  # type: ignore[no-untyped-call]  # so in its stubs
            except ImageNotFound:
                return None
            return found

    def make_image(self, repository: str, tag: str, write: Callable[[IO[bytes]], None]) -> None:
        """Make an image FROM scratch out of the tar stream that `write` writes; name it once it is known to be whole.

        Raises what `write` raises.
        """
        reading, writing = os.pipe()
        failure: list[BaseException] = []

        def produce(into: IO[bytes]) -> None:
            try:
                with into:
                    write(into)
            except BaseException as error:
                failure.append(error)

        with os.fdopen(reading, "rb", buffering=0) as stream:
            producer = threading.Thread(target=produce, args=(os.fdopen(writing, "wb", buffering=0),), daemon=True)
            producer.start()
            with _asking("make an image"), _patience(self._api, SLOW_SECONDS):
                said = self._api.import_image_from_stream(stream, changes=[f"LABEL {KIND}=toolchain"])
        producer.join()
        made = "sha256:" + said.rpartition("sha256:")[2].partition('"')[0].strip()
        if failure:
            with suppress(APIError):
                self._api.remove_image(made)
            raise failure[0]
        with _asking("name an image"):
            self._api.tag(made, repository, tag)

    def derive_image(self, repository: str, tag: str, base: str, added: bytes) -> None:
        """Make an image out of another one and a tar archive to unpack over it."""
        with (
            self.unstarted(base) as container,
            _asking(f"add to the image {base}"),
            _patience(self._api, SLOW_SECONDS),
        ):
            self._api.put_archive(container.id, "/", added)
            self._api.commit(container.id, repository, tag, changes=[f"LABEL {KIND}=toolchain"])

    # --- volumes and containers -----------------------------------------------------------------------

    def volume(self, name: str) -> None:
        """Make a named volume if there is none of that name."""
        with _asking("make a volume"):
            self._api.create_volume(name, labels={KIND: "cache"})

    def create(self, image: str, argv: Sequence[str], shape: Shape, *, run: str, lease: float) -> Container:
        """Make a container that can reach no network and write nothing but what its shape gives it.

        Its name is `run`, so that it can be removed even if the Engine's answer is lost. It is removed by itself when
        its first process ends. `lease` in seconds.
        """
        with _asking("make a container"):
            host = self._api.create_host_config(
                network_mode="none",
                read_only=True,
                cap_drop=["ALL"],
                security_opt=["no-new-privileges"],
                ipc_mode="none",
                mem_limit=shape.memory,
                memswap_limit=shape.memory,
                pids_limit=shape.processes,
                ulimits=[
                    docker.types.Ulimit(name="nofile", soft=shape.files, hard=shape.files),
                    docker.types.Ulimit(name="core", soft=0, hard=0),
                ],
                tmpfs=dict(shape.tmpfs),
                binds={name: {"bind": path, "mode": "rw"} for name, path in shape.volumes.items()},
                log_config=docker.types.LogConfig(type="none"),
                auto_remove=True,
            )
            try:
                self._api.create_container(
                    image,
                    entrypoint=list(argv),
                    command=[],
                    name=run,
                    user=f"{shape.user}:{shape.user}",
                    working_dir="/",
                    stdin_open=True,
                    network_disabled=True,
                    healthcheck={"test": ["NONE"]},
                    labels=labels(run, lease),
                    host_config=host,
                )
            except BaseException:
                Container(self._api, run).remove()
                raise
        return Container(self._api, run)

    @contextmanager
    def unstarted(self, image: str, argv: Sequence[str] = ("/",)) -> Iterator[Container]:
        """A container that only stands for its image's files, or runs one trusted command of the image."""
        run = f"deferdiff-look-{os.getpid()}-{time.monotonic_ns()}"
        container = Container(self._api, run)
        try:
            with _asking(f"look into the image {image}"):
                self._api.create_container(
                    image,
                    entrypoint=list(argv),
                    command=[],
                    name=run,
                    network_disabled=True,
                    labels=labels(run, SLOW_SECONDS),
                    host_config=self._api.create_host_config(
                        network_mode="none", cap_drop=["ALL"], security_opt=["no-new-privileges"]
                    ),
                )
            yield container
        finally:
            container.remove()


class Container:
    """A container by its id or name."""

    def __init__(self, api: docker.APIClient, name: str) -> None:
        self._api = api
        self.id = name

    def attach(self) -> Channel:
        """The streams of the first process; to be had before `start`, so that nothing of them is lost."""
        with _asking("attach to a container"):
            streams = {"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1}
            return Multiplexed(self._api.attach_socket(self.id, params=streams))

    def start(self) -> None:
        """Run the container's command."""
        with _asking("start a container"):
            self._api.start(self.id)

    def execute(self, argv: Sequence[str], user: int) -> Channel:
        """Run a second command under another uid and gid; its streams."""
        with _asking("run a command in a container"):
            job = self._api.exec_create(
                self.id, list(argv), stdin=True, stdout=True, stderr=True, user=f"{user}:{user}", workdir="/"
            )
            return Multiplexed(self._api.exec_start(job["Id"], socket=True))

    def output(self, seconds: int) -> tuple[int, str]:
        """Run the container's command to its end: exit status and standard output."""
        with _asking("run a command in a container"):
            self._api.start(self.id)
            status = int(self._api.wait(self.id, timeout=seconds)["StatusCode"])
            return status, self._api.logs(self.id, stderr=False).decode("utf-8", errors="replace")

    def read(self, path: str) -> bytes | None:
        """A plain file of the container's file system, None if there is none."""
        with _asking(f"read {path} in a container"), self._archive(path) as (mode, blocks):
            if mode is None or mode & _NO_PLAIN_FILE:
                return None
            with tarfile.open(fileobj=io.BytesIO(b"".join(blocks))) as archive:
                member = archive.next()
                file = archive.extractfile(member) if member is not None and member.isreg() else None
                return file.read() if file is not None else None

    def has(self, path: str) -> bool:
        """Is there anything at `path` in the container's file system?"""
        with _asking(f"look for {path} in a container"), self._archive(path) as (mode, _):
            return mode is not None

    @contextmanager
    def _archive(self, path: str) -> Iterator[tuple[int | None, Iterable[bytes]]]:
        """The mode of what is at `path` (None if nothing is) and a tar archive of it, to be read or not."""
        try:
            blocks, about = self._api.get_archive(self.id, path)
        except NotFound:
            yield None, ()
            return
        with closing(blocks):
            yield int(about["mode"]), blocks

    def remove(self) -> None:
        """Remove it, whatever state it is in, and wait until it has gone. Never raises: what a dead Engine does not
        remove, `Engine.reap` will."""
        with suppress(SandboxFailed), _asking("remove a container"), _second_client(self._api) as api:
            try:
                api.remove_container(self.id, v=True, force=True)
            except NotFound:
                return
            except APIError as error:
                if error.status_code != requests.codes.conflict:
                    raise
            # Somebody else, the Engine itself perhaps, is removing it.
            deadline = time.monotonic() + CLOSE_SECONDS
            while time.monotonic() < deadline:
                try:
                    api.inspect_container(self.id)
                except NotFound:
                    return
                time.sleep(0.02)


_NO_PLAIN_FILE = 1 << 31 | 1 << 27 | 1 << 26 | 1 << 25 | 1 << 24 | 1 << 21 | 1 << 19
"""The bits of Go's os.ModeType, in which the Engine tells what a file is."""


def _client(version: str, seconds: int) -> docker.APIClient:
    """A client for the Engine that the environment names."""
    arguments = kwargs_from_env()
    where = str(arguments.get("base_url", DEFAULT_UNIX_SOCKET))
    scheme, _, path = where.partition("://")
    if scheme in ("unix", "http+unix"):
        # The library leaves a socket open that cannot be connected.
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(seconds)
            probe.connect("/" + path.lstrip("/"))
    return docker.APIClient(version=version, timeout=seconds, **arguments)


@contextmanager
def _second_client(api: docker.APIClient) -> Iterator[docker.APIClient]:
    """A client for the same Engine that another thread may use, and that is quick to give up."""
    second = _client(api.api_version, CLOSE_SECONDS)
    try:
        yield second
    finally:
        second.close()


@contextmanager
def _patience(api: docker.APIClient, seconds: int) -> Iterator[None]:
    before, api.timeout = api.timeout, seconds
    try:
        yield
    finally:
        api.timeout = before
