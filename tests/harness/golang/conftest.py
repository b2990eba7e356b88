"""Toolchains for tests that compile."""

from __future__ import annotations

import os

import pytest

from harness import toolchain
from harness.model import Installed

RELEASES = ("go1.21.13", "go1.22.10", "go1.27.3")


@pytest.fixture(scope="session")
def one_release() -> Installed:
    return _installed(os.environ.get("DEFERDIFF_TEST_TOOLCHAIN", "go1.22.10"))


@pytest.fixture(scope="session", params=RELEASES)
def release(request: pytest.FixtureRequest) -> Installed:
    return _installed(request.param)


def _installed(text: str) -> Installed:
    return toolchain.install(toolchain.parse(text), toolchain.default_directory())
