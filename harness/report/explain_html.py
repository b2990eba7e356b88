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
    return fill(
        "explain.page",
        TITLE=html.escape(title),
        TEXT=html.escape(explain_text.render(title, runs)),
        DATA=in_script(explain_json.document(title, runs)),
    )


def skeleton() -> str:
    """The page of any run: with `@DATA@` where `in_script` of an `explain_json.document` belongs."""
    return fill("explain.page", TITLE="A run on the model", TEXT="", DATA="@DATA@")


def fill(name: str, *shared: str, **parts: str) -> str:
    """The page `name`.html beside this file with its style, its script and `parts` in their places. What is put in
    is not looked through for places. `shared`: styles and scripts that come before the page's own."""
    styles = [file for file in shared if file.endswith(".css")]
    scripts = [file for file in shared if file.endswith(".js")]
    whole = parts | {
        "STYLE": "".join(map(_part, [*styles, f"{name}.css"])),
        "SCRIPT": "".join(map(_part, [*scripts, f"{name}.js"])),
    }
    return re.sub("@([A-Z]+)@", lambda found: whole[found[1]], _part(f"{name}.html"))


def in_script(data: object) -> str:
    """JSON that ends no script element, whatever its texts are."""
    text = json.dumps(data, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _part(file: str) -> str:
    return resources.files(__package__).joinpath(file).read_text(encoding="utf-8")
