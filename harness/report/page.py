"""A gate's result as one HTML page that works from a file: it fetches nothing.

Verdict, cases by verdict and rule, of each notable case three lanes (pre, post, what is owed) beside its source,
and, where the program is known, its run on the model. The page is a skeleton, a style and a script (`run.page.*`
beside this file) around the data of `harness.report.pagedata`. The script puts text into the page as text only, and a
policy in the page's head forbids it to load anything. Without a script it shows what a terminal shows.
"""

from __future__ import annotations

import html
import json

from harness.report import picture
from harness.report.explain_html import fill, in_script, skeleton
from harness.report.pagedata import document
from harness.report.result import GateResult, word


def render(result: GateResult) -> str:
    """The whole page."""
    data = document(result)
    known = any("model" in detail for detail in data["details"].values())
    return fill(
        "run.page",
        TITLE=html.escape(f"{word(result.status)}: {result.headline()}"),
        TEXT=html.escape(picture.text(result)),
        DATA=in_script(data),
        STEPPER=in_script(skeleton()) if known else json.dumps(""),
    )
