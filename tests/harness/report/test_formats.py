"""All formats alike: made from a stored run they are what they were; whatever programs say stays data."""

from __future__ import annotations

import io
import json
import re

import jsonschema
import pytest

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
