"""The pages as a person has them: in Chromium, by keyboard, judged by axe, and as pictures.

Pictures are kept in the directory that DEFERDIFF_PICTURES names, or else nowhere.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from fastapi import FastAPI
from playwright.sync_api import Browser, Dialog, Page, expect, sync_playwright

from harness import toolchain
from harness.database import jobs, queue, runs
from harness.database.engine import Database, connect
from harness.database.jobs import Asked
from harness.database.queue import Seen
from harness.database.tokens import Scope
from harness.report import stored
from harness.report.result import GateResult
from harness.service import server
from harness.service.api import application
from harness.service.core import Service
from harness.service.kinds import Place
from harness.service.pages.site import COOKIE
from tests.harness.report import sample
from tests.harness.report.browser import CHROMIUM, needs_browser
from tests.harness.report.test_page import known
from tests.harness.service.conftest import token
from tests.harness.service.standin import until

pytestmark = needs_browser

CASE = "open-coded/recover-with-two-pending"
DESKTOP, PHONE = (1300, 900), (390, 844)
ADDRESSES = {
    "overview": "/",
    "runs": "/runs",
    "run": "/runs/25",
    "case-of-a-run": f"/runs/25/cases/{CASE}",
    "case-on-the-model": "/runs/25/cases/fuzz/pending",
    "cases": "/cases",
    "case": f"/cases/{CASE}",
    "buckets": "/buckets",
    "bucket": "/buckets/1",
    "nowhere": "/nowhere",
    "login": "/login",
    "jobs": "/jobs",
    "job": "/jobs/1",
    "ask": "/submit",
    "ask-for-a-gate": "/submit/gate",
}


def record(database: Database, result: GateResult) -> None:
    with database.writing() as session:
        attached = {stored.NAME: stored.render(result)}
        runs.record(session, database.files, result, attached)


def fill(database: Database) -> None:
    """A month of runs, the last with something of everything, and a job that waits."""
    now = datetime.now(UTC)
    for day in range(24, 0, -1):
        last = sample.regressed(CASE) if day % 7 == 3 else sample.same(CASE)
        usual = [sample.same(f"order/case-{n}") for n in range(day % 5 + 5)]
        record(database, sample.result(*usual, last, started=now - timedelta(days=day)))
    everything = [decided.comparison for decided in sample.mixed().decided]
    record(database, replace(sample.result(*everything, known(), sample.hostile()), started=now))
    with database.writing() as session:
        jobs.submit(session, Asked("gate", "d", '{"kind":"gate"}', "t", 0, 10), now)


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """The address of an application that answers."""
    with server.listen("127.0.0.1", 0) as listening:
        running = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off", ws="none"))
        thread = threading.Thread(target=running.run, args=([listening],))
        thread.start()
        try:
            until(lambda: running.started)
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            running.should_exit = True
            thread.join()


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with connect(str(tmp_path_factory.mktemp("site") / "service.sqlite3")) as opened:
        fill(opened)
        yield opened


@pytest.fixture(scope="module")
def site(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    place = Place(tmp_path_factory.mktemp("cases"), toolchain.load(), sandbox="process")
    with served(application(Service(database, place, public_read=True))) as address:
        yield address


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser, site: str) -> Iterator[Page]:
    """A page of a window of its own, which fails the test for errors of its scripts and of its policy."""
    context = chromium.new_context(base_url=site, viewport={"width": DESKTOP[0], "height": DESKTOP[1]})
    opened = context.new_page()
    wrong: list[str] = []
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    yield opened
    context.close()
    assert [text for text in wrong if "the server responded with a status of 4" not in text] == []


@pytest.fixture
def member(page: Page, site: str, database: Database) -> Page:
    """The same, and somebody has logged in who may do everything."""
    page.context.add_cookies([{"name": COOKIE, "value": token(database, Scope.ADMIN), "url": site}])
    return page


def picture(page: Page, name: str) -> None:
    if kept := os.environ.get("DEFERDIFF_PICTURES"):
        page.screenshot(path=Path(kept) / f"{name}.png")


@pytest.mark.parametrize("name", ADDRESSES)
def test_everybody_can_use_it(request: pytest.FixtureRequest, page: Page, name: str) -> None:
    if name.startswith("ask"):
        request.getfixturevalue("member")
    page.goto(ADDRESSES[name])
    for scheme, (width, height) in (("light", DESKTOP), ("dark", DESKTOP), ("dark", PHONE), ("light", PHONE)):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        page.set_viewport_size({"width": width, "height": height})
        picture(page, f"{name}-{width}-{scheme}")
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{width} wide: {wide} pixels are beyond the edge"
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()


def test_a_person_finds_the_first_divergence_by_keyboard(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("To the content")
    page.get_by_role("region", name="Runs").get_by_role("link", name="25", exact=True).focus()
    page.keyboard.press("Enter")
    page.get_by_role("link", name=CASE).first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(CASE)
    here = page.locator("#case tr[aria-current]")
    expect(here).to_have_count(1)
    begun = page.locator("#case .position").inner_text()
    page.keyboard.press("ArrowLeft")
    assert page.locator("#case .position").inner_text() != begun
    page.keyboard.press("ArrowRight")
    assert page.locator("#case .position").inner_text() == begun
    page.keyboard.press("Home")
    expect(page.locator("#case .position")).to_contain_text("1 of")


def test_the_model_steps_in_a_frame_of_its_own(page: Page) -> None:
    page.goto("/runs/25/cases/fuzz/pending")
    inside = page.frame_locator("iframe")
    before = inside.locator("#position").inner_text()
    inside.get_by_role("button", name="Next →").click()
    assert inside.locator("#position").inner_text() != before


def test_what_programs_print_does_nothing(page: Page) -> None:
    asked: list[str] = []

    def refuse(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", refuse)
    for address in ("/", "/runs/25", "/runs/25/cases/order/hostile", "/cases/order/hostile", "/buckets"):
        page.goto(address)
        assert page.locator("script:not([src]):not([type])").count() == 0
    assert asked == []


def test_log_in_and_out(page: Page, database: Database) -> None:
    given = token(database, Scope.READ)
    page.goto("/login?next=/runs")
    page.get_by_label("Token").fill("ddf_wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_text("not known, has expired or was revoked")).to_be_visible()
    page.get_by_label("Token").fill(given)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Runs")
    assert all(given not in str(said) for said in page.evaluate("[document.cookie]")), "no script sees it"
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("link", name="Log in")).to_be_visible()


def test_the_box_for_programs_indents_and_lets_go(member: Page) -> None:
    member.goto("/submit")
    box = member.get_by_label("Go program")
    box.fill("package main\nfunc main() {")
    box.press("Control+End")
    box.press("Enter")
    box.press_sequentially("defer f()")
    assert box.input_value() == "package main\nfunc main() {\n\tdefer f()"
    box.press("Home")
    box.press("Tab")
    assert box.input_value() == "package main\nfunc main() {\n\t\tdefer f()"
    box.press("Escape")
    box.press("Tab")
    expect(box).not_to_be_focused()


def test_each_line_of_a_program_has_its_number_beside_it(member: Page) -> None:
    member.goto("/submit")
    box, numbers = member.get_by_label("Go program"), member.locator(".numbers pre")
    expect(numbers).to_have_text("\n".join(map(str, range(1, 14))))
    box.fill("line\n" * 299)
    expect(numbers).to_have_text("\n".join(map(str, range(1, 301))))
    beside = """(top) => {
        const [box, numbers] = [document.querySelector("[data-editor]"), document.querySelector(".numbers pre")];
        const begin = box.getBoundingClientRect().top + 1 + parseFloat(getComputedStyle(box).paddingTop);
        const heights = [box, numbers].map((one) => parseFloat(getComputedStyle(one).lineHeight));
        return box.scrollTop === top && heights[0] === heights[1]
            && Math.abs(begin - box.scrollTop - numbers.getBoundingClientRect().top) < 1;
    }"""
    for top in (0, 700):
        box.evaluate("(box, top) => { box.scrollTop = top; }", top)
        member.wait_for_function(beside, arg=top, timeout=10_000)
    expect(member.get_by_role("textbox", name="Go program")).to_be_visible()
    expect(member.locator(".numbers")).to_have_attribute("aria-hidden", "true")


def test_what_was_typed_is_there_after_a_mistake(member: Page) -> None:
    member.goto("/submit")
    member.get_by_label("Go program").fill("package main // mine")
    member.get_by_label("those listed below").check()
    member.get_by_label("List of toolchains").fill("go1.22.10,nothing=1")
    member.get_by_role("button", name="Ask").click()
    expect(member.get_by_label("Go program")).to_have_value("package main // mine")
    expect(member.locator("[aria-invalid=true]")).to_have_count(1)


def test_a_job_is_followed_without_a_reload(member: Page, database: Database) -> None:
    member.goto("/submit")
    member.get_by_role("button", name="Ask").click()
    member.wait_for_url("**/jobs/*")
    number = int(member.url.rpartition("/")[2])
    expect(member.locator("#state")).to_have_text("queued")
    lease = timedelta(minutes=5)
    with database.writing() as session:
        row = jobs.get(session, number)
        assert row is not None
        row.priority = 100
        held = queue.claim(session, "worker", lease, queue.clock(session))
        assert held is not None
    with database.writing() as session:
        queue.beat(session, held, Seen("build", 40, "a line of the log"), lease, queue.clock(session))
    expect(member.locator("#state")).to_have_text("running")
    expect(member.get_by_text("a line of the log")).to_be_visible()
    with database.writing() as session:
        queue.finish(session, held, 1, "it differs", {}, queue.clock(session))
    expect(member.get_by_text("a difference")).to_be_visible()
    expect(member.get_by_text("it differs")).to_be_visible()


def test_a_job_is_cancelled(member: Page, database: Database) -> None:
    member.goto("/submit/fuzz")
    member.get_by_role("button", name="Ask").click()
    member.wait_for_url("**/jobs/*")
    member.get_by_role("button", name="Cancel").click()
    expect(member.locator("#state")).to_have_text("cancelled")
