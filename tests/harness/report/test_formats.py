"""All formats alike: made from a stored run they are what they were; whatever programs say stays data."""

from __future__ import annotations

import io
import json
import re
import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser

import jsonschema
import pytest
from markdown_it import MarkdownIt

from harness.model import Installed
from harness.report import stored
from harness.report.formats import FORMATS, RUN, WRITTEN, Format
from harness.report.result import GateResult
from tests.harness.report import sample

SINGLE = [form for form in FORMATS if form is not RUN]


def named(form: Format) -> str:
    return form.name


def test_names_and_files_are_unlike() -> None:
    assert len({form.name for form in FORMATS}) == len({form.file for form in FORMATS}) == len(FORMATS)
    assert set(WRITTEN) < set(FORMATS)


@pytest.mark.parametrize("form", FORMATS, ids=named)
def test_a_stored_run_gives_the_same_report(form: Format) -> None:
    for result in (sample.mixed(), sample.result(sample.hostile()), sample.result()):
        read = stored.load(io.BytesIO(stored.render(result)), "run").result
        assert form.content(read) == form.content(result)


@pytest.mark.parametrize("form", SINGLE, ids=named)
def test_no_control_reaches_a_reader(form: Format) -> None:
    """No escape sequence, no direction mark, no line of its own; what is a report of text is UTF-8."""
    text = form.content(sample.result(sample.hostile())).decode()
    assert not set(text) & {chr(c) for c in range(32) if chr(c) not in "\t\n"}
    assert not re.search("[\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]", text)


@pytest.mark.parametrize("form", [form for form in SINGLE if form.schema], ids=named)
@pytest.mark.parametrize(
    "result",
    [
        sample.mixed(),
        sample.result(),
        sample.result(sample.hostile()),
        sample.result(sample.same(), interrupted=True),
    ],
    ids=["mixed", "empty", "hostile", "interrupted"],
)
def test_a_published_schema_holds(form: Format, result: GateResult) -> None:
    assert form.schema is not None
    jsonschema.Draft202012Validator.check_schema(form.schema())
    jsonschema.validate(json.loads(form.content(result)), form.schema())


# --- Markup in panics, titles, names of programs and names of toolchains --------------------------------------------

MARKUP = (
    "<script>alert(1)</script>'\"&]]>`|</style></title></code><img src=x onerror=alert(1)>[a](javascript:alert(1))"
)


def called(installed: Installed, name: str) -> Installed:
    return replace(installed, toolchain=replace(installed.toolchain, name=name, text=f"go1.22.10,gcflags={name}"))


def calling(markup: str) -> list[GateResult]:
    """Results in which all that a stranger words has this in it."""
    panics = sample.hostile() if markup == MARKUP else sample.regressed("order/hostile")
    named_so = sample.regressed(f"family/{markup}")
    return [
        replace(result, pre=called(sample.PRE, markup), post=called(sample.POST, markup), weaknesses=(markup,))
        for result in (sample.result(panics), sample.result(named_so))
    ]


class Tags(HTMLParser):
    """All tags of a page, with the names of what they say."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: Counter[tuple[str, tuple[str, ...]]] = Counter()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found[tag, tuple(name for name, _ in attrs)] += 1


@pytest.mark.parametrize("form", [form for form in SINGLE if form.file.endswith(".html")], ids=named)
def test_no_markup_gets_into_a_page(form: Format) -> None:
    for hostile, plain in zip(calling(MARKUP), calling("plain"), strict=True):
        tags, wanted = (Tags(form.content(result).decode()).found for result in (hostile, plain))
        assert {*tags} == {*wanted}
        assert tags["script", ()] == wanted["script", ()]


@pytest.mark.parametrize("form", [form for form in SINGLE if form.file.endswith((".svg", ".xml"))], ids=named)
def test_no_markup_gets_into_xml(form: Format) -> None:
    for hostile, plain in zip(calling(MARKUP), calling("plain"), strict=True):
        trees = [ET.fromstring(form.content(result)) for result in (hostile, plain)]
        tags, wanted = ({(node.tag, *node.attrib) for node in tree.iter()} for tree in trees)
        assert tags - wanted <= {("system-err",)}  # only the hostile one says something there
        texts = [*trees[0].itertext(), *(value for node in trees[0].iter() for value in node.attrib.values())]
        assert "alert(1)" in "".join(texts)


@pytest.mark.parametrize("form", [form for form in SINGLE if form.file.endswith(".md")], ids=named)
def test_no_markup_gets_into_markdown(form: Format) -> None:
    """As CommonMark with tables reads it; tags are only those that reports have themselves."""
    for hostile in calling(MARKUP):
        text = form.content(hostile).decode()
        blocks = MarkdownIt("commonmark").enable("table").parse(text)
        tokens = [*blocks, *(child for block in blocks for child in block.children or [])]
        html = "".join(token.content for token in tokens if token.type in ("html_block", "html_inline"))
        assert {tag for tag, _ in Tags(html).found} <= {"code", "details", "summary"}
        assert not [token for token in tokens if token.type == "image"]
        links = [str(token.attrs["href"]) for token in tokens if token.type == "link_open"]
        assert all(link.startswith("https://") for link in links)
        assert "alert(1)" in text
