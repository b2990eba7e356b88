from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from harness.database import case_list
from harness.database.engine import Database
from harness.database.tokens import Scope
from harness.service.api import application
from harness.service.core import Service
from harness.service.limits import BODY_BYTES
from harness.service.pages.site import COOKIE
from tests.harness.service.conftest import token

HTML = {"accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}
LARGE = b"x" * (BODY_BYTES + 1)


def test_browsers_get_a_page(browser: TestClient, stranger: TestClient) -> None:
    answer = browser.get("/nowhere/<script>", headers=HTML)
    assert answer.status_code == 404
    assert "nothing at this address" in answer.text
    assert "Log out" in answer.text
    assert "<script" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    stranger.cookies.clear()
    assert "Log in" in stranger.get("/nowhere", headers=HTML).text


@pytest.mark.parametrize(
    ("method", "address", "body", "status", "why"),
    [
        ("POST", "/submit", LARGE, 413, f"the body is larger than {BODY_BYTES} bytes"),
        ("POST", "/login", LARGE, 413, f"the body is larger than {BODY_BYTES} bytes"),
        ("DELETE", "/jobs", b"", 405, "Method Not Allowed"),
        ("POST", "/login", b"", 422, "token: field required"),
    ],
)
def test_whatever_is_wrong_a_browser_gets_a_page(
    browser: TestClient, method: str, address: str, body: bytes, status: int, why: str
) -> None:
    answer = browser.request(method, address, content=body, headers=HTML)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert f'<p class="problem">{why}</p>' in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers.get("allow", "GET") == "GET"
    assert (answer.headers.get("connection") == "close") == (status == 413)


@pytest.mark.parametrize(
    ("method", "address", "accept", "status"),
    [
        ("GET", "/api/nowhere", HTML["accept"], 404),
        ("GET", "/api/v1/jobs/1/nothing", HTML["accept"], 404),
        ("GET", "/nowhere", "*/*", 404),
        ("DELETE", "/api/v1/jobs", HTML["accept"], 405),
        ("DELETE", "/jobs", "*/*", 405),
    ],
)
def test_programs_get_json(browser: TestClient, method: str, address: str, accept: str, status: int) -> None:
    answer = browser.request(method, address, headers={"accept": accept})
    assert (answer.status_code, [*answer.json()]) == (status, ["detail"])


def test_what_a_route_of_the_api_says_stays_json(browser: TestClient) -> None:
    browser.cookies.clear()
    answer = browser.get("/metrics", headers=HTML)
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/json")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_fault_of_our_own_tells_nothing_of_us(
    service: Service, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("a secret of ours")

    monkeypatch.setattr(case_list, "listed", broken)
    with TestClient(application(service), raise_server_exceptions=False) as client:
        client.cookies.set(COOKIE, token(database, Scope.READ))
        shown = client.get("/cases", headers=HTML)
        told = client.get("/cases")
    assert (shown.status_code, shown.headers["content-type"]) == (500, "text/html; charset=utf-8")
    assert "this is a fault of the service: its log says more" in shown.text
    assert (told.status_code, told.json()) == (500, {"detail": "this is a fault of the service: its log says more"})
    assert "secret" not in shown.text + told.text
