"""What attackers of the service try. Here is who may do what, and what is sent to it; the rest is

- sizes, and clients that are slow: `test_limits.py`
- names that are paths, files that are links, patches that reach elsewhere: `test_kinds.py`, `test_worker.py`,
  `toolchain/test_overlay.py`
- requests from other sites, and cookies: `pages/test_session.py`
- webhooks to addresses that are not public: `test_webhooks.py`
- markup in what programs print and are called, in each report: `report/test_formats.py`
- programs that attack their sandbox: `sandbox/test_attacks.py`
- anything at all that the OpenAPI allows: `test_openapi.py`
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient
from httpx2 import Response

from harness import cases, programs, toolchain
from harness.database import jobs, queue, runs, tokens
from harness.database.engine import Database
from harness.database.tokens import Scope
from harness.errors import BadCase, BadProgram, BadToolchain
from harness.golang import instrument
from harness.service.api import application
from harness.service.core import Service
from harness.service.pages.site import COOKIE
from tests.harness.report import sample
from tests.harness.service.conftest import token
from tests.harness.service.pages.recorded import Page, record
from tests.harness.service.standin import request

# --- Who may do what ---------------------------------------------------------------------------------------------

Route = tuple[str, str]

NEEDS: dict[Route, Scope] = {
    ("POST", "/api/v1/jobs"): Scope.SUBMIT,
    ("GET", "/api/v1/jobs"): Scope.READ,
    ("GET", "/api/v1/jobs/{job}"): Scope.READ,
    ("GET", "/api/v1/jobs/{job}/request"): Scope.READ,
    ("POST", "/api/v1/jobs/{job}/cancel"): Scope.CANCEL,
    ("GET", "/api/v1/jobs/{job}/events"): Scope.READ,
    ("GET", "/api/v1/jobs/{job}/results"): Scope.READ,
    ("GET", "/api/v1/jobs/{job}/results/{name:path}"): Scope.READ,
    ("GET", "/metrics"): Scope.READ,
    ("GET", "/"): Scope.READ,
    ("GET", "/runs"): Scope.READ,
    ("GET", "/runs/{run}"): Scope.READ,
    ("GET", "/runs/{run}/reports/{name}"): Scope.READ,
    ("GET", "/runs/{run}/cases/{name:path}"): Scope.READ,
    ("GET", "/runs/{run}/model/{name:path}"): Scope.READ,
    ("GET", "/cases"): Scope.READ,
    ("GET", "/cases/{name:path}"): Scope.READ,
    ("GET", "/buckets"): Scope.READ,
    ("GET", "/buckets/{bucket}"): Scope.READ,
    ("GET", "/jobs"): Scope.READ,
    ("GET", "/jobs/{job}"): Scope.READ,
    ("POST", "/jobs/{job}/cancel"): Scope.CANCEL,
    ("GET", "/jobs/{job}/events"): Scope.READ,
    ("GET", "/jobs/{job}/results/{name:path}"): Scope.READ,
    ("GET", "/submit"): Scope.READ,
    ("GET", "/submit/{path}"): Scope.READ,
    ("POST", "/submit"): Scope.SUBMIT,
    ("POST", "/submit/{path}"): Scope.SUBMIT,
}
OPEN: set[Route] = {
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/openapi.json"),
    ("GET", "/login"),
    ("POST", "/login"),
    ("POST", "/logout"),
    ("GET", "/static/{digest}/{name}"),
}
"""Anybody may: they say nothing of anybody, and change nothing here."""

CHANGING = [route for route in NEEDS if route[0] != "GET"]
HERE = {"job": "1", "run": "1", "bucket": "1", "path": "gate", "digest": "0", "name": "x", "name:path": "x"}


def routes(service: Service) -> set[Route]:
    """All that the service answers."""
    found = iter_route_contexts(application(service).routes)
    return {(method, str(its.path)) for its in found for method in (its.methods or ()) if method != "HEAD"}


def ask(client: TestClient, route: Route, given: str | None) -> Response:
    """As a program or a browser would, with a token or with none."""
    method, path = route
    api = path.startswith(("/api/", "/metrics"))
    client.cookies.clear()
    headers = {}
    if given is not None and api:
        headers["Authorization"] = f"Bearer {given}"
    elif given is not None:
        client.cookies.set(COOKIE, given)
    more: dict[str, Any] = {}
    if route == ("POST", "/api/v1/jobs"):
        more["json"] = request("# another")
    elif path.startswith("/submit") and method == "POST":
        more["data"] = {"program": "package main\n", "which": "pair", "base": "go1.22.10", "patch": PATCH}
    return client.request(method, re.sub("{(.*?)}", lambda name: HERE[name[1]], path), headers=headers, **more)


PATCH = "--- a/src/runtime/panic.go\n+++ b/src/runtime/panic.go\n@@ -1 +1 @@\n-a\n+b\n"


@pytest.fixture
def asking(service: Service, database: Database) -> Iterator[TestClient]:
    """One that has no token yet. There is a job, which waits."""
    with TestClient(application(service), follow_redirects=False) as made:
        first = {"Authorization": f"Bearer {token(database, Scope.SUBMIT)}"}
        assert made.post("/api/v1/jobs", json=request(), headers=first).status_code == 201
        yield made


def nothing_happened(database: Database) -> bool:
    with database.reading() as session:
        found = jobs.listed(session, state=None, before=None, limit=10)
        return [(row.id, row.state, row.cancel) for row in found] == [(1, "queued", False)]


def test_every_route_is_known_to_need_a_scope(service: Service) -> None:
    """A new route is in the list above, or is open on purpose."""
    assert routes(service) == {*NEEDS} | OPEN
    assert not {*NEEDS} & OPEN


@pytest.mark.parametrize("how", ["none", "expired", "revoked", "forged", "no token at all"])
def test_nobody_in_particular_may_do_nothing(asking: TestClient, database: Database, how: str) -> None:
    good = token(database, Scope.ADMIN)
    match how:
        case "none":
            given = None
        case "expired":
            given = token(database, Scope.ADMIN, expires=datetime.now(UTC) - timedelta(seconds=1))
        case "revoked":
            given = good
            with database.writing() as session:
                assert tokens.revoke(session, good.split("_")[1], queue.clock(session))
        case "forged":
            given = good[:-64] + "0" * 64
        case _:
            given = "' OR 1=1 --"
    for route in NEEDS:
        answer = ask(asking, route, given)
        if route[0] == "GET" and not route[1].startswith(("/api/", "/metrics")):
            assert (answer.status_code, answer.headers["location"][:7]) == (303, "/login?"), route
        else:
            assert answer.status_code == 401, route
    assert nothing_happened(database)


def test_each_route_needs_its_scope_and_no_other_will_do(asking: TestClient, database: Database) -> None:
    for route, scope in NEEDS.items():
        others = [each for each in (Scope.READ, Scope.SUBMIT, Scope.CANCEL) if each is not scope]
        assert ask(asking, route, token(database, *others)).status_code == 403, route
    assert nothing_happened(database)
    for route, scope in NEEDS.items():
        if not route[1].endswith("/events"):  # which last as long as their job
            assert ask(asking, route, token(database, scope)).status_code not in (401, 403, 500), route


def test_where_all_may_read_they_may_do_nothing_else(service: Service, database: Database) -> None:
    public = Service(database, service.place, public_read=True)
    with TestClient(application(public), follow_redirects=False) as client:
        for route, scope in NEEDS.items():
            refused = ask(client, route, None).status_code == 401
            assert refused == (scope is not Scope.READ), route


def test_a_cookie_is_no_token_for_programs_and_a_token_no_cookie(asking: TestClient, database: Database) -> None:
    """A page of another site can make a browser send its cookie, but not a header."""
    given = token(database, Scope.ADMIN)
    asking.cookies.set(COOKIE, given)
    assert asking.post("/api/v1/jobs", json=request("# another")).status_code == 401
    assert asking.post("/api/v1/jobs/1/cancel").status_code == 401
    asking.cookies.clear()
    assert asking.post("/jobs/1/cancel", headers={"Authorization": f"Bearer {given}"}).status_code == 401
    assert nothing_happened(database)


@pytest.mark.parametrize("route", [route for route in CHANGING if not route[1].startswith("/api/")])
def test_no_other_site_sends_forms(asking: TestClient, database: Database, route: Route) -> None:
    asking.headers["Sec-Fetch-Site"] = "cross-site"
    assert ask(asking, route, token(database, Scope.ADMIN)).status_code == 403
    assert nothing_happened(database)


# --- What is sent ------------------------------------------------------------------------------------------------

HOSTILE = [
    "' OR '1'='1",
    "'; DROP TABLE jobs; --",
    '"; DELETE FROM tokens; --',
    "x' UNION SELECT hash FROM tokens --",
    "%",
    "_",
    "\\",
    "\0",
    "../../../etc/passwd",
    "..%2f..%2f",
    "<script>alert(1)</script>",
    "1" * 30,
    "-1",
    "é\u202e\uffff",
    "x" * 3000,
]


def test_no_words_break_a_page(service: Service, database: Database) -> None:
    """Whatever is in an address, each page answers, and has no script that the words brought."""
    record(database, sample.result(sample.regressed()))
    reader = {"Authorization": f"Bearer {token(database, Scope.READ)}"}
    with TestClient(application(service), follow_redirects=False) as client:
        client.cookies.set(COOKIE, token(database, Scope.READ))
        found = list(iter_route_contexts(application(service).routes))
        assert len(found) > 20
        for its in found:
            names = [each.alias for each in getattr(getattr(its, "dependant", None), "query_params", [])]
            if "GET" not in (its.methods or ()) or not (names or "{" in str(its.path)):
                continue
            for words in HOSTILE:
                path = re.sub("{.*?}", lambda _, words=words: quoted(words), str(its.path))  # type: ignore[misc]
                answer = client.get(path, params=dict.fromkeys(names, words), headers=reader)
                assert answer.status_code < 500, (path, words)
                if answer.headers.get("content-type", "").startswith("text/html"):
                    assert "alert(1)" not in "".join(Page(answer.text).scripts), (path, words)
    with database.reading() as session:
        assert tokens.listed(session)
        assert runs.find(session, "1").id == 1


def quoted(words: str) -> str:
    return "".join(c if c.isalnum() and c.isascii() else "".join(f"%{b:02x}" for b in c.encode()) for c in words)


@pytest.mark.parametrize("address", ["/cases", "/buckets", "/runs/1"])
@pytest.mark.parametrize("words", ["' OR '1'='1", "%", "_pen", "x' UNION SELECT 1 --", "\\"])
def test_what_is_looked_for_is_text(service: Service, database: Database, address: str, words: str) -> None:
    """No case has these words in its name, so none is found: they are no SQL and no pattern."""
    record(database, sample.result(sample.regressed("plain/name")))
    with TestClient(application(service)) as client:
        client.cookies.set(COOKIE, token(database, Scope.READ))
        if address != "/buckets":
            assert "/cases/plain/name" in client.get(address, params={"q": "plain"}).text
        assert "/cases/plain/name" not in client.get(address, params={"q": words}).text


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 1_000_000,
        b"[" * 200_000 + b"]" * 200_000,
        b'{"request":' * 100_000 + b"1" + b"}" * 100_000,
        b'{"request": {"kind": "run", "program": ' + b"[" * 900 + b"]" * 900 + b"}}",
        b'{"priority": ' + b"9" * 100_000 + b"}",
        b'{"priority": 1e999}',
        b'{"request": "\xff\xfe"}',
        '{"request": {"kind": "gate"}}'.encode("utf-16"),
    ],
    ids=["open", "lists", "mappings", "in a request", "digits", "infinite", "no UTF-8", "UTF-16"],
)
def test_json_that_is_made_to_break_its_reader(client: TestClient, body: bytes) -> None:
    answer = client.post("/api/v1/jobs", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (201, 400, 422), answer.text
    assert "\n" not in answer.text


NESTED = ["[" * 1_000_000, "{a: " * 250_000, "- " * 500_000, "[" * 400 + "]" * 400, "[\n" * 500_000]


@pytest.mark.parametrize("nested", NESTED, ids=["lists", "mappings", "blocks", "closed", "lines"])
def test_yaml_that_is_nested_deeply_is_refused_at_once(tmp_path: Path, nested: str) -> None:
    """As a program, as names of toolchains, and as the header of a case."""
    with pytest.raises(BadProgram, match=r"program\.yaml:\d+: nested more than 50 deep"):
        programs.loads(f"functions:\n  {nested}")
    names = tmp_path / "toolchains.yaml"
    names.write_text(f"a:\n  {nested}")
    with pytest.raises(BadToolchain, match="nested more than 50 deep"):
        toolchain.load(names)
    case = tmp_path / "family" / "case.go"
    case.parent.mkdir()
    case.write_text(f"/*\ntitle:\n  {nested}\n*/\npackage main\n\nfunc main() {{}}\n")
    with pytest.raises(BadCase, match="nested more than 50 deep"):
        cases.load_case(case, tmp_path)


@pytest.mark.parametrize(
    "go",
    [
        "_ = " + "(" * 30_000 + "1" + ")" * 30_000,
        "{" * 30_000 + "}" * 30_000,
        "defer func() {" * 9_000 + "}()\n" * 9_000,
    ],
    ids=["parentheses", "blocks", "deferred functions"],
)
def test_go_that_is_nested_deeply(tmp_path: Path, go: str) -> None:
    program = tmp_path / "a.go"
    program.write_text(f"package main\n\nfunc main() {{\n{go}\n}}\n")
    with pytest.raises(BadCase, match="more than 250 levels of nesting"):
        instrument.instrument(program.read_text(), "p")
