from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from harness.database.engine import Database
from harness.database.tokens import Scope
from harness.service.api import application
from harness.service.core import Service
from harness.service.pages.site import COOKIE
from tests.harness.service.conftest import token


@pytest.fixture
def stranger(service: Service) -> Iterator[TestClient]:
    """A browser in which nobody has logged in."""
    with TestClient(application(service), follow_redirects=False) as made:
        yield made


@pytest.fixture
def browser(stranger: TestClient, database: Database) -> TestClient:
    """One in which somebody has who may do everything."""
    stranger.cookies.set(COOKIE, token(database, Scope.ADMIN))
    return stranger


@pytest.fixture
def reader(stranger: TestClient, database: Database) -> TestClient:
    """One in which somebody has who may only read."""
    stranger.cookies.set(COOKIE, token(database, Scope.READ))
    return stranger
