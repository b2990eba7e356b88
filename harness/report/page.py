"""A gate's result as one HTML page that works from a file: it fetches nothing.

Verdict, cases by verdict and rule, of each notable case three lanes (pre, post, what is owed) beside its source,
and, where the program is known, its run on the model. The page is a skeleton, styles and scripts (`run.page.*` and
`SHARED` beside this file) around the data of `harness.report.pagedata`. The scripts put text into the page as text
only, and a policy in the page's head forbids them to load anything. Without scripts it shows what a terminal shows.
"""

from __future__ import annotations

import html
import json

from harness.report import picture
from harness.report.explain_html import fill, in_script, skeleton
from harness.report.pagedata import document
from harness.report.result import GateResult, word

SHARED = ("base.page.css", "case.page.css", "case.page.js")
"""What this page has in common with the pages of a service: colours, and the view of one case."""


def render(result: GateResult) -> str:
    """The whole page."""
    data = document(result)
    known = any("model" in detail for detail in data["details"].values())
    return fill(
        "run.page",
        *SHARED,
        TITLE=html.escape(f"{word(result.status)}: {result.headline()}"),
        TEXT=html.escape(picture.text(result)),
        DATA=in_script(data),
        STEPPER=in_script(skeleton()) if known else json.dumps(""),
    )
