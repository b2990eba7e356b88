"""All formats of a report that is one file, one line each. A format is a pure function of the result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from harness.report import codequality, github, jsonfile, junit, markdown, page, picture, sarif, stored
from harness.report.result import GateResult


@dataclass(frozen=True, slots=True)
class Format:
    """`name`: what --format says; `file`: the file in a report directory; `says`: what it is for, in a few words;
    `schema`: the JSON schema that is published of it."""

    name: str
    file: str
    says: str
    render: Callable[[GateResult], str | bytes]
    schema: Callable[[], dict[str, Any]] | None = None

    def content(self, result: GateResult) -> bytes:
        """The whole file."""
        rendered = self.render(result)
        return rendered if isinstance(rendered, bytes) else rendered.encode()


JSON: Final = Format("json", "report.json", "everything, for programs", jsonfile.render, jsonfile.schema)
JUNIT: Final = Format("junit", "junit.xml", "for CI systems", junit.render)
MARKDOWN: Final = Format("markdown", "report.md", "for a comment on a pull request", markdown.render)
PICTURE: Final = Format("svg", "report.svg", "what the terminal shows, as a picture", picture.render)
PAGE: Final = Format("html", "report.html", "for a browser, in one file", page.render)
RUN: Final = Format("run", stored.NAME, "what `deferdiff report` reads", stored.render, stored.schema)

WRITTEN: Final = (JSON, JUNIT, MARKDOWN, PICTURE, PAGE, RUN)
"""What a gate writes."""

FORMATS: Final = (
    *WRITTEN,
    Format("github-annotations", "github-annotations.txt", "workflow commands of GitHub Actions", github.commands),
    Format("github-summary", "github-summary.md", "for $GITHUB_STEP_SUMMARY", github.summary),
    Format("gitlab-junit", "gitlab-junit.xml", "JUnit as GitLab reads it", junit.render_for_gitlab),
    Format(
        "gitlab-codequality",
        "gl-code-quality-report.json",
        "GitLab's code quality",
        codequality.render,
        codequality.schema,
    ),
    Format("sarif", "report.sarif", "SARIF 2.1.0, for code scanning and editors", sarif.render),
)
