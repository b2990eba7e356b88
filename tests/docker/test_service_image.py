"""The service's image and its compose file.

Building the image takes minutes and a base, so it is done where DEFERDIFF_TEST_IMAGES=1 asks for it; the base is
$DEFERDIFF_TEST_BASE, or one that `ci/base-image` makes (as root).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml

from harness.cli import application
from harness.sandbox.docker import Engine
from tests.endtoend.tool import ROOT, write_case

DOCKERFILE = ROOT / "docker" / "service.Dockerfile"
COMPOSE = ROOT / "docker" / "compose.yaml"
BASE = "deferdiff/base"
IMAGE = "deferdiff/service-under-test"

SECRET = {"POSTGRES_PASSWORD": "s3cret"}


def compose(*arguments: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Docker Compose, as a plugin of docker or by itself. Skips if it is neither."""
    alone = shutil.which("docker-compose")
    words = ["docker", "compose"] if _has_plugin() else [alone] if alone else None
    if words is None:
        pytest.skip("NO COMPOSE FILE READ: Docker Compose is not there")
    return subprocess.run(
        [*words, "--file", str(COMPOSE), *arguments],
        env={"PATH": os.environ["PATH"], **env},
        capture_output=True,
        text=True,
        check=False,
    )


def _has_plugin() -> bool:
    docker = shutil.which("docker")
    done = subprocess.run([docker, "compose", "version"], capture_output=True, check=False) if docker else None
    return done is not None and done.returncode == 0


def services() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(COMPOSE.read_text())["services"]
    return found


@pytest.mark.parametrize("name", ["service", "worker"])
def test_what_the_services_are_told_exists(name: str) -> None:
    command, *words = services()[name]["command"]
    serve = typer.main.get_command(application([command])).commands[command]  # type: ignore[attr-defined]  # it is a group
    known = {option for parameter in serve.params for option in parameter.opts}
    assert {word.partition("=")[0] for word in words} <= known


def test_the_compose_file_is_one() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(COMPOSE)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_compose_takes_it_with_base_images_of_ones_own() -> None:
    done = compose("config", env=SECRET | {"BASE": "my-python", "POSTGRES": "my-postgres", "PORT": "9090"})
    assert done.returncode == 0, done.stderr
    read = yaml.safe_load(done.stdout)["services"]
    assert set(read) == {"database", "service", "worker"}
    assert read["service"]["build"]["args"] == {"BASE": "my-python"}
    assert read["database"]["image"] == "my-postgres"
    assert "9090" in json.dumps(read["service"]["ports"])


def test_whatever_runs_in_a_container_has_the_one_database() -> None:
    """Also a command that somebody has it execute, as to make a token."""
    told = [services()[name]["environment"]["DEFERDIFF_DATABASE"] for name in ("service", "worker")]
    assert told == ["postgresql+psycopg://deferdiff@database/deferdiff"] * 2
    assert not any("--database" in word for each in services().values() for word in each.get("command", ()))


def test_there_is_no_password_that_everybody_knows() -> None:
    done = compose("config", env={})
    assert done.returncode != 0
    assert "choose a password for the database" in done.stderr


@pytest.mark.parametrize("name", ["service", "worker"])
def test_what_runs_programs_has_no_privilege(name: str) -> None:
    service = services()[name]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges"]
    assert service["read_only"] is True
    assert not service.get("privileged")
    assert not any("docker.sock" in str(volume) for volume in service["volumes"])


def test_only_this_machine_reaches_the_service() -> None:
    assert [port.partition(":")[0] for port in services()["service"]["ports"]] == ["127.0.0.1"]
    assert not {"ports", "expose"} & set(services()["database"])


# --- The image ---------------------------------------------------------------------------------------------


def docker(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["docker", *words], capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def image() -> Iterator[str]:
    """The image, built from the checkout. What is built is taken away; a base that was made here is kept."""
    if os.environ.get("DEFERDIFF_TEST_IMAGES") != "1":
        pytest.skip("NO IMAGE BUILT: set DEFERDIFF_TEST_IMAGES=1 to build the service's image")
    Engine(10).close()
    base = os.environ.get("DEFERDIFF_TEST_BASE", BASE)
    if docker("image", "inspect", base).returncode:
        subprocess.run([str(ROOT / "ci" / "base-image"), base], check=True)
    words = ("--network", "host", "--file", str(DOCKERFILE), "--tag", IMAGE, "--build-arg", f"BASE={base}")
    built = docker("build", *words, str(ROOT))
    assert built.returncode == 0, built.stdout[-4000:] + built.stderr[-4000:]
    yield IMAGE
    docker("image", "rm", "--force", IMAGE)


def run(image: str, *words: str, options: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    """A command in a container as the compose file runs it."""
    how = ("--rm", "--init", "--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges")
    room = ("--tmpfs=/tmp:exec,size=2g", "--network=host")
    return docker("run", *how, *room, *options, image, *words)


@pytest.mark.docker
@pytest.mark.timeout(1800)
def test_the_image_runs_as_nobody_in_particular(image: str) -> None:
    done = run(image, "-c", "import os; print(os.getuid(), os.getgid())", options=("--entrypoint=python3",))
    assert done.stdout.split() == ["10001", "10001"], done.stderr
    [facts] = json.loads(docker("image", "inspect", image).stdout)
    assert facts["Config"]["User"] == "deferdiff"
    assert "/healthz" in " ".join(facts["Config"]["Healthcheck"]["Test"])


@pytest.mark.docker
@pytest.mark.toolchain
@pytest.mark.timeout(1800)
def test_a_worker_can_fetch_toolchains_and_run_a_gate(image: str, tmp_path: Path) -> None:
    """Without any privilege, on a read-only root: in the process sandbox, which says what it cannot keep."""
    write_case(tmp_path / "cases", "small/one", '\tdefer fmt.Println("one")', "one\n")
    tmp_path.chmod(0o755)
    words = ("gate", "--cases", "/cases", "--out", "/tmp/report", "--json")
    done = run(image, *words, options=(f"--volume={tmp_path}/cases:/cases:ro",))
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert (report["verdict"]["word"], report["sandbox"]["kind"]) == ("PASS", "process")
