from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient

from harness.database.engine import Database
from harness.database.tokens import Scope
from harness.service.api import application
from harness.service.core import Service
from harness.service.pages.site import COOKIE
from tests.harness.service.conftest import token


def test_who_is_not_known_is_sent_to_log_in_and_back(stranger: TestClient, database: Database) -> None:
    sent = stranger.get("/?a=b&c=d")
    assert (sent.status_code, sent.headers["location"]) == (303, "/login?next=%2F%3Fa%3Db%26c%3Dd")
    form = stranger.get(sent.headers["location"])
    assert 'name="next" value="/?a=b&amp;c=d"' in form.text
    entered = stranger.post("/login", data={"token": f" {token(database, Scope.READ)}\n", "next": "/?a=b&c=d"})
    assert (entered.status_code, entered.headers["location"]) == (303, "/?a=b&c=d")
    assert stranger.get("/").status_code == 200


def test_the_cookie_is_for_this_site_alone(stranger: TestClient, database: Database) -> None:
    said = stranger.post("/login", data={"token": token(database, Scope.READ)}).headers["set-cookie"].lower()
    assert "httponly" in said
    assert "samesite=lax" in said
    assert "; secure" not in said


def test_the_cookie_of_a_site_with_tls_is_never_sent_without(service: Service, database: Database) -> None:
    with TestClient(application(service), base_url="https://service", follow_redirects=False) as client:
        said = client.post("/login", data={"token": token(database, Scope.READ)}).headers["set-cookie"].lower()
    assert "; secure" in said


@pytest.mark.parametrize("expired", [True, False])
def test_a_token_that_is_not_good_any_more(stranger: TestClient, database: Database, expired: bool) -> None:
    given = token(database, Scope.READ, expires=datetime.now(UTC) - timedelta(1)) if expired else "ddf_1_2"
    wrong = stranger.post("/login", data={"token": given})
    assert wrong.status_code == 401
    assert "not known, has expired or was revoked" in wrong.text
    assert given not in wrong.text
    stranger.cookies.set(COOKIE, given)
    assert stranger.get("/").headers["location"].startswith("/login")


@pytest.mark.parametrize(
    "back",
    ["//evil.example/", "/\\evil.example", "https://evil.example/", "javascript:alert(1)", "evil", "/a\nb", ""],
)
def test_nobody_is_sent_elsewhere(stranger: TestClient, database: Database, back: str) -> None:
    assert 'name="next" value="/"' in stranger.get("/login", params={"next": back}).text
    entered = stranger.post("/login", data={"token": token(database, Scope.READ), "next": back})
    assert entered.headers["location"] == "/"


def test_log_out(stranger: TestClient, database: Database) -> None:
    stranger.post("/login", data={"token": token(database, Scope.READ)})
    assert stranger.get("/").status_code == 200
    assert stranger.post("/logout").headers["location"] == "/login"
    assert stranger.get("/").status_code == 303


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "https://evil.example", "host": "testserver"},
    ],
)
def test_forms_of_other_sites_are_refused(browser: TestClient, headers: dict[str, str]) -> None:
    refused = browser.post("/logout", headers=headers)
    assert refused.status_code == 403
    assert "sent from another site" in refused.text
    assert browser.get("/").status_code == 200


@pytest.mark.parametrize("headers", [{"sec-fetch-site": "same-origin"}, {"origin": "http://testserver"}])
def test_forms_of_this_site_are_not(browser: TestClient, headers: dict[str, str]) -> None:
    assert browser.post("/logout", headers=headers).status_code == 303


def test_public_reading_takes_no_token(database: Database, service: Service) -> None:
    public = Service(database, service.place, public_read=True)
    with TestClient(application(public), follow_redirects=False) as client:
        assert client.get("/").status_code == 200


def test_an_old_cookie_keeps_nobody_from_what_all_may_read(database: Database, service: Service) -> None:
    public = Service(database, service.place, public_read=True)
    with TestClient(application(public), follow_redirects=False) as client:
        client.cookies.set(COOKIE, token(database, Scope.READ, expires=datetime.now(UTC) - timedelta(1)))
        assert client.get("/").status_code == 200
        assert client.post("/jobs/1/cancel").status_code == 401
