"""The page: what is in it, and, where there is a Chromium, that it steps."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from harness.report import explain_html, explain_json, explain_text
from oracle.explain import Explanation
from tests.harness.report import browser, runs

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>&amp;\u2028@DATA@.yaml"


class Page(HTMLParser):
    """Tags with their attributes, and the texts of script elements."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "script":
            self.scripts.append("")

    def handle_data(self, data: str) -> None:
        if self.cdata_elem == "script":
            self.scripts[-1] += data


def data(page: str) -> Any:
    return json.loads(Page(page).scripts[0])


def test_the_page_holds_the_json_and_the_text() -> None:
    page = explain_html.render("pending.yaml", runs.both())
    assert data(page) == explain_json.document("pending.yaml", runs.both())
    assert html.escape(explain_text.render("pending.yaml", runs.both())) in page
    assert "<title>pending.yaml · deferdiff explain</title>" in page
    assert not re.search("@[A-Z]+@", page)


def test_it_loads_nothing() -> None:
    page = Page(explain_html.render("x", [runs.rich()]))
    assert not {"link", "img", "iframe", "object", "base", "form"} & {tag for tag, _ in page.tags}
    assert not [attributes for _, attributes in page.tags if {"src", "href", "onclick", "onload"} & attributes.keys()]
    [policy] = [a["content"] for _, a in page.tags if a.get("http-equiv") == "Content-Security-Policy"]
    assert policy is not None
    assert policy.startswith("default-src 'none';")
    assert not re.search(r"@import|url\(", explain_html.render("x", [runs.one()]))
    assert not re.search(
        r"fetch\(|innerHTML|outerHTML|insertAdjacent|XMLHttpRequest|import\(|eval\(", page.scripts[1]
    )


def test_nothing_of_the_program_is_markup() -> None:
    """Titles come from outside; values cannot hold markup today, but nobody relies on that."""
    run = runs.one()
    told = replace(run.moments[0], text=HOSTILE)
    hostile = replace(run, moments=(told, *run.moments[1:]))
    page = explain_html.render(HOSTILE, [hostile])
    parsed, plain = Page(page), Page(explain_html.render("x", [run]))
    assert [tag for tag, _ in parsed.tags] == [tag for tag, _ in plain.tags]
    assert data(page)["title"] == HOSTILE
    assert data(page)["runs"][0]["moments"][0]["text"] == HOSTILE


def test_it_can_be_used_without_a_mouse_and_without_eyes() -> None:
    page = Page(explain_html.render("x", [runs.one()]))
    buttons = [a for tag, a in page.tags if tag == "button"]
    assert [b["id"] for b in buttons] == ["first", "previous", "next", "last"]
    assert all(b["type"] == "button" for b in buttons)
    assert [a["id"] for _, a in page.tags if a.get("aria-live") == "polite"] == ["now"]
    assert ("html", {"lang": "en"}) in page.tags
    assert any(a.get("name") == "viewport" for _, a in page.tags)
    assert "prefers-color-scheme: dark" in explain_html.render("x", [runs.one()])


# --- In a browser ------------------------------------------------------------------------------------------------


def dom(directory: Path, shown: list[Explanation], at: str = "", does: str = "", title: str = "x.yaml") -> str:
    """The page as a browser has it, opened at a hash, after a script of the test's own."""
    return browser.run(directory, explain_html.render(title, shown), at=at, does=does)


def position(page: str) -> str:
    found = re.search(r'id="position">([^<]*)<', page)
    assert found is not None
    return found[1]


def now(page: str) -> list[str]:
    return [html.unescape(text) for text in re.findall(r'<p class="sentence">([^<]*)</p>', page)]


HELPERS = """
    const find = (id) => document.getElementById(id);
    const press = (key, altKey = false) => document.dispatchEvent(new KeyboardEvent('keydown', {key, altKey}));
    let failed = '';
    window.onerror = (message) => { failed = message; };
"""


@browser.needs_browser
@pytest.mark.parametrize(("at", "number"), [("", 1), ("#14", 14), ("#999", 27), ("#nonsense", 1)])
def test_a_link_leads_to_a_moment(tmp_path: Path, at: str, number: int) -> None:
    run = runs.one()
    page = dom(tmp_path, [run], at)
    assert position(page) == f"{number} of {len(run.moments)}"
    assert now(page) == [run.moments[number - 1].text]
    assert page.count('aria-current="step"') == 1
    for name, end in (("first", 1), ("previous", 1), ("next", 27), ("last", 27)):
        assert bool(re.search(rf'<button[^>]* id="{name}"[^>]* disabled', page)) == (number == end)


STEPS = [
    ("find('next').click()", 15),
    ("find('previous').click()", 14),
    ("find('first').click()", 1),
    ("press('ArrowLeft')", 1),
    ("press('ArrowRight')", 2),
    ("press('ArrowRight', true)", 2),
    ("press('x')", 2),
    ("find('last').click()", 27),
    ("press('ArrowRight')", 27),
    ("press('ArrowLeft')", 26),
    ("press('Home')", 1),
    ("press('End')", 27),
    ("document.querySelectorAll('#moments button')[5].click()", 6),
    ("location.hash = '#3'; window.dispatchEvent(new HashChangeEvent('hashchange'))", 3),
]


@browser.needs_browser
def test_stepping(tmp_path: Path) -> None:
    run = runs.one()
    seen = "[find('position').textContent, location.hash, document.querySelector('.sentence').textContent]"
    does = "".join(f"{does}; seen.push({seen});" for does, _ in STEPS)
    page = dom(tmp_path, [run], "#14", f"{HELPERS} const seen = []; {does} document.title = JSON.stringify(seen);")
    found = re.search("<title>(.*?)</title>", page)
    assert found is not None
    for got, (does, number) in zip(json.loads(html.unescape(found[1])), STEPS, strict=True):
        assert got == [f"{number} of 27", f"#{number}", run.moments[number - 1].text], does


@browser.needs_browser
def test_what_changed_is_marked(tmp_path: Path) -> None:
    """Recovery saves its state: g.param and the chain change, and nothing else."""
    page = dom(tmp_path, [runs.one()], "#14").partition('id="states"')[2].partition("</section>")[0]
    marked = [html.unescape(re.sub("<[^>]*>", "", text)) for text in re.findall(r'changed">(.*?)</d', page)]
    assert marked == [
        "nil(was _panic 1)",
        "no longer(was to g._panic)",
        "retpc f1's deferreturn call, deferBits at sp+32, slots at sp+16(was nil)",
    ]


@browser.needs_browser
def test_the_running_action_is_marked(tmp_path: Path) -> None:
    page = dom(tmp_path, [runs.one()], "#10")
    assert re.findall(r'class="mono ([a-z]+)" data-place="([^"]*)"', page) == [
        ("waiting", "main 1"),
        ("waiting", "f1 3"),
        ("running", "f3 1"),
    ]


@browser.needs_browser
def test_both_runs_stand_side_by_side(tmp_path: Path) -> None:
    pre, post = runs.both()
    page = dom(tmp_path, [pre, post], "#14")
    assert now(page) == [post.moments[13].text]
    assert page.count("<p>Nothing happens here.</p>") == 1
    assert page.count('class="state absent"') == 1
    assert position(page) == "14 of 28"


@browser.needs_browser
def test_every_moment_can_be_shown(tmp_path: Path) -> None:
    """Of a run with everything in it, forwards and backwards, without an error of the script."""
    run = runs.rich()
    does = f"""{HELPERS}
        for (let i = 0; i < {len(run.moments)}; i++) find('next').click();
        const end = find('position').textContent;
        for (let i = 0; i < {len(run.moments)}; i++) find('previous').click();
        document.title = `${{end}} / ${{find('position').textContent}} / ${{failed}}`;"""
    page = dom(tmp_path, [run], does=does)
    assert f"<title>{len(run.moments)} of {len(run.moments)} / 1 of {len(run.moments)} / </title>" in page


@browser.needs_browser
def test_hostile_text_stays_text(tmp_path: Path) -> None:
    run = runs.one()
    hostile = replace(run, moments=(replace(run.moments[0], text=HOSTILE), *run.moments[1:]))
    page = dom(tmp_path, [hostile], title=HOSTILE)
    assert "<img" not in page
    assert now(page) == [HOSTILE]
