"""A run step by step as one HTML page that steps both ways: it fetches nothing, and works from a file.

The page is a skeleton, a style and a script (`explain.page.*` beside this file) around the JSON of
`harness.report.explain_json`. The script puts text into the page as text only, and a policy in the page's head
forbids it to load anything. Without a script it shows the text of `harness.report.explain_text`.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Sequence
from importlib import resources

from harness.report import explain_json, explain_text
from oracle.explain import Explanation


def render(title: str, runs: Sequence[Explanation]) -> str:
    """The whole page, for one run or two of the same program."""
    parts = {
        "@TITLE@": html.escape(title),
        "@STYLE@": _part("css"),
        "@SCRIPT@": _part("js"),
        "@TEXT@": html.escape(explain_text.render(title, runs)),
        "@DATA@": _in_script(json.dumps(explain_json.document(title, runs), separators=(",", ":"))),
    }
    return re.sub("@[A-Z]+@", lambda found: parts[found.group()], _part("html"))


def _part(suffix: str) -> str:
    return resources.files(__package__).joinpath(f"explain.page.{suffix}").read_text(encoding="utf-8")


def _in_script(data: str) -> str:
    """JSON that ends no script element, whatever its texts are."""
    return data.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
