"""The page: what is in it, and, where there is a Chromium, what it does."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.generated import case_of
from harness.model import Comparison
from harness.report import explain_html, page, pagedata
from harness.report.result import GateResult
from tests.harness.report import browser, runs, sample
from tests.harness.report.test_explain_html import Page

STYLE = (Path(page.__file__).parent / "base.page.css").read_text()
DARK = "--blink-settings=preferredColorScheme=0"
PHONE = "--window-size=390,844"


def known() -> Comparison:
    """A comparison of a program whose run on the model can be shown."""
    of = case_of(runs.PENDING, "fuzz/pending", Path("pending.go"))
    return replace(sample.regressed("fuzz/pending"), case=of)


def everything() -> GateResult:
    mixed = [decided.comparison for decided in sample.mixed().decided]
    return sample.result(*mixed, known(), sample.hostile())


def data(text: str) -> Any:
    return json.loads(Page(text).scripts[0])


# --- What is in it -------------------------------------------------------------------------------------------


def test_the_verdict_is_in_it_without_a_script() -> None:
    text = page.render(sample.mixed())
    assert "<title>FAIL: 7 of 12 cases fail the gate" in text
    noscript = text.partition("<noscript>")[2].partition("</noscript>")[0]
    assert "open-coded/recover-with-two-pending" in noscript


def test_it_loads_nothing() -> None:
    text = page.render(everything())
    parsed = Page(text)
    assert not {"link", "img", "iframe", "object", "base", "form"} & {tag for tag, _ in parsed.tags}
    assert not [
        attributes for _, attributes in parsed.tags if {"src", "href", "onclick", "onload"} & attributes.keys()
    ]
    [policy] = [a["content"] for _, a in parsed.tags if a.get("http-equiv") == "Content-Security-Policy"]
    assert policy is not None
    assert policy.startswith("default-src 'none';")
    assert not re.search(r"@import|url\(", STYLE)
    script = parsed.scripts[2]
    assert not re.search(r"fetch\(|innerHTML|outerHTML|insertAdjacent|XMLHttpRequest|import\(|eval\(", script)


def test_nothing_of_a_program_is_markup() -> None:
    hostile = Page(page.render(sample.result(sample.hostile())))
    plain = Page(page.render(sample.result(sample.regressed())))
    assert [tag for tag, _ in hostile.tags] == [tag for tag, _ in plain.tags]
    assert "<script>alert(1)</script>" in json.dumps(data(page.render(sample.result(sample.hostile()))))


def test_rows_and_details_hold_what_a_reader_needs() -> None:
    found = data(page.render(everything()))
    assert len(found["rows"]) == 15
    name, *numbers = found["rows"][0]
    assert name == "fuzz/pending"
    assert [found["strings"][n] for n in numbers[:3]] == ["regressed", "fail", "deferred-call-lost"]
    detail = found["details"]["0"]
    assert detail["reproduce"].startswith("deferdiff run pending.go -t go1.21.13")
    [fault] = detail["faults"]
    assert (fault["role"], fault["place"], fault["rule"]) == ("post", "event 10", "deferred-call-lost")
    assert [row[7] for row in detail["lanes"]["rows"]].index(5) == [row[0] for row in detail["lanes"]["rows"]].index(
        12
    )
    assert detail["model"]["source"]["lines"] == detail["source"]


def test_ten_thousand_rows_stay_small_and_what_is_left_out_is_said() -> None:
    same = sample.same()
    many = [replace(same, case=replace(same.case, name=f"order/case-{n}")) for n in range(9_900)]
    text = page.render(sample.result(*many, *(sample.regressed(f"goexit/case-{n}") for n in range(100))))
    assert len(text.encode()) < 5_000_000
    found = data(text)
    assert len(found["rows"]) == 10_000
    assert len(found["details"]) == pagedata.DETAILS


def test_long_texts_do_not_make_it_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """What has no room goes without details; a smaller one after it has them."""
    monkeypatch.setattr(pagedata, "LIMIT", 300_000)
    large = sample.regressed("a/large")
    large = replace(large, case=replace(large.case, source="\n".join(["<" * 100] * 1_000)))
    found = data(page.render(sample.result(large, sample.regressed("b/small"))))
    assert len(found["rows"]) == 2
    assert list(found["details"]) == ["1"]


def luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


READ = [
    *((text, ground) for text in ("text", "dim", "link") for ground in ("page", "card")),
    *((text, "page") for text in ("good", "bad", "unsure")),
    *(("on-verdict", ground) for ground in ("good", "bad", "unsure")),
    *(("text", ground) for ground in ("here", "mark", "bad-soft")),
    *(("bad", ground) for ground in ("bad-soft", "here")),
    ("dim", "here"),
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), READ)
def test_contrast_is_that_of_wcag_aa(scheme: str, text: str, ground: str) -> None:
    light, dark = re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", light if scheme == "light" else dark))
    assert contrast(colours[text], colours[ground]) >= 4.5


# --- In a browser --------------------------------------------------------------------------------------------


@browser.needs_browser
def test_the_verdict_comes_first_and_the_worst_case_is_open(tmp_path: Path) -> None:
    seen = browser.told(
        tmp_path,
        page.render(everything()),
        """tell([find('word').textContent, find('headline').textContent, find('case').querySelector('h2').textContent,
            texts('.group .verdict'), all('.group[open]').length, texts('tr.first td'), texts('tr[aria-current] td'),
            texts('.running'), texts('.blamed'), all('script').length, all('img').length])""",
    )
    word, headline, case, groups, opened, broken, current, running, blamed, scripts, images = seen
    assert (word, case) == ("FAIL", "fuzz/pending")
    assert headline.startswith("9 of 14 cases fail the gate")
    assert groups[:2] == ["regressed", "regressed"]
    assert groups[-2:] == ["same", "not applicable"]
    assert opened == len(groups) - 2
    assert broken == current
    assert broken[1].startswith("✗ 10deferred call f.func1 begins")
    assert broken[2] == "deferred call f.func2 (line 14 of f)"
    assert running[0].startswith("11")
    assert blamed[0].startswith("14")
    assert (scripts, images) == (4, 0)


@browser.needs_browser
def test_searching_filtering_stepping_and_keys(tmp_path: Path) -> None:
    seen = browser.told(
        tmp_path,
        page.render(everything()),
        """
        const seen = [];
        const at = () => document.querySelector('.position').textContent;
        const search = (text) => { find('search').value = text; find('search').dispatchEvent(new Event('input')); };
        press('Home'); seen.push(at());
        press('ArrowRight'); seen.push(at());
        press('End'); seen.push(at());
        press('ArrowLeft'); seen.push(at());
        press('ArrowLeft', {altKey: true}); seen.push(at());
        all('.controls button').at(-1).click(); seen.push(at());
        all('tbody tr')[2].click(); seen.push(at());
        press('/'); seen.push(document.activeElement.id);
        search('LOST two'); seen.push(find('found').textContent, texts('#groups .mono').join());
        search('nothing like it'); seen.push(find('found').textContent, texts('.nothing').join());
        search(''); find('decisions').firstChild.click();
        seen.push(find('found').textContent, find('decisions').firstChild.getAttribute('aria-pressed'));
        find('decisions').firstChild.click();
        all('[data-case]')[0].focus(); press('ArrowDown');
        seen.push(document.activeElement.querySelector('.mono').textContent, decodeURIComponent(location.hash));
        tell(seen);""",
    )
    assert seen == [
        *("1 of 15", "2 of 15", "15 of 15", "14 of 15", "14 of 15", "12 of 15", "3 of 15"),
        *("search", "1 of 15", "open-coded/recover-with-two-pending"),
        *("0 of 15", "No case matches.", "6 of 15", "false"),
        *("open-coded/recover-with-two-pending", "#open-coded/recover-with-two-pending"),
    ]


@browser.needs_browser
def test_hostile_text_stays_text(tmp_path: Path) -> None:
    """In the page, and in the page of the model within it."""
    marked = replace(known(), case=replace(known().case, source="</script><img src=x onerror=alert(1)>@DATA@"))
    seen = browser.told(
        tmp_path,
        page.render(sample.result(sample.hostile(), marked)),
        """
        const frame = document.querySelector('iframe').srcdoc;
        location.hash = '#order/hostile'; window.dispatchEvent(new HashChangeEvent('hashchange'));
        tell([frame.includes('<img'), frame.includes('@DATA@"'), find('case').querySelector('h2').textContent,
            all('#case script, #case img, #case details').length,
            find('case').textContent.includes('<script>alert(1)<' + '/script>')]);""",
        at="#fuzz/pending",
    )
    assert seen == [False, True, "order/hostile", 0, True]


@browser.needs_browser
def test_the_model_steps_in_a_frame_with_the_source_beside_it(tmp_path: Path) -> None:
    """The frame keeps its document to itself, so the page that is in it is looked at alone."""
    detail = data(page.render(sample.result(known())))["details"]["0"]["model"]
    alone = explain_html.skeleton().replace("@DATA@", explain_html.in_script(detail))
    seen = browser.told(
        tmp_path,
        alone,
        """const seen = [];
        for (let i = 0; i < 28; i++) { seen.push(texts('#source .running, #source .waiting')); find('next').click(); }
        tell([find('position').textContent, seen]);""",
    )
    position, lines = seen
    assert position == "28 of 28"
    source = detail["source"]["lines"]
    assert lines[0] == []
    assert any('panic("boom")' in line for step in lines for line in step)
    numbered = {f"{number}{text}" for number, text in enumerate(source, 1)}
    assert {line for step in lines for line in step} <= numbered


@browser.needs_browser
def test_on_a_phone_the_list_comes_first_and_a_case_leads_back(tmp_path: Path) -> None:
    seen = browser.told(
        tmp_path,
        page.render(everything()),
        """
        const visible = (id) => find(id).getClientRects().length > 0;
        const wide = () => document.documentElement.scrollWidth > innerWidth;
        const seen = [[innerWidth <= 832, visible('cases'), visible('case'), wide()]];
        all('[data-case]')[1].click(); window.dispatchEvent(new HashChangeEvent('hashchange'));
        seen.push([visible('cases'), visible('case'), wide(), visible('back'),
            getComputedStyle(document.querySelector('tr.agreed td:last-child')).display]);
        find('back').click();
        seen.push([visible('cases'), visible('case'), location.hash]);
        tell(seen);""",
        PHONE,
    )
    assert seen == [[True, True, False, False], [False, True, False, True, "none"], [True, False, ""]]


@browser.needs_browser
def test_ten_thousand_rows_draw_few_and_show_more(tmp_path: Path) -> None:
    """What is usable at once is what is drawn at once."""
    failing = [sample.regressed(f"goexit/case-{n}") for n in range(120)]
    same = sample.same()
    many = [replace(same, case=replace(same.case, name=f"order/case-{n}")) for n in range(9_880)]
    seen = browser.told(
        tmp_path,
        page.render(sample.result(*failing, *many)),
        """const seen = [document.getElementsByTagName('*').length < 2000, all('[data-case]').length];
        document.querySelector('.more').click(); seen.push(all('[data-case]').length);
        find('search').value = 'case-9879'; find('search').dispatchEvent(new Event('input'));
        seen.push(texts('[data-case]').join(), find('found').textContent);
        document.querySelector('[data-case]').click(); window.dispatchEvent(new HashChangeEvent('hashchange'));
        seen.push(texts('#case .note').join());
        tell(seen);""",
    )
    assert seen[:5] == [True, 50, 120, "order/case-9879", "1 of 10000"]
    assert seen[5].startswith(f"This page has details of {pagedata.DETAILS} of its 10000 cases")


@browser.needs_browser
def test_it_follows_the_colours_of_the_system(tmp_path: Path) -> None:
    text = page.render(sample.result(sample.same()))
    does = "tell(getComputedStyle(document.body).backgroundColor)"
    assert browser.told(tmp_path, text, does) == "rgb(255, 255, 255)"
    assert browser.told(tmp_path, text, does, DARK) == "rgb(13, 17, 23)"
