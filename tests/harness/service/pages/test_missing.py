from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

HTML = {"accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}


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
    ("address", "headers"),
    [("/api/nowhere", HTML), ("/api/v1/jobs/1/nothing", HTML), ("/nowhere", {"accept": "*/*"})],
)
def test_programs_get_json(browser: TestClient, address: str, headers: dict[str, str]) -> None:
    answer = browser.get(address, headers=headers)
    assert (answer.status_code, answer.json()) == (404, {"detail": "Not Found"})


def test_what_a_route_of_the_api_says_stays_json(browser: TestClient) -> None:
    browser.cookies.clear()
    answer = browser.get("/metrics", headers=HTML)
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/json")
    assert answer.headers["www-authenticate"] == "Bearer"
