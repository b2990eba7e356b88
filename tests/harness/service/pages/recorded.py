"""Runs and campaigns in the database of a service under test."""

from __future__ import annotations

from html.parser import HTMLParser

from harness.database import runs
from harness.database.engine import Database
from harness.report import stored
from harness.report.result import GateResult


def record(database: Database, result: GateResult, *, evidence: bool = True) -> int:
    """A run's number. `evidence`: with the file that reports are made of."""
    attached = {stored.NAME: stored.render(result)} if evidence else {}
    with database.writing() as session:
        return runs.record(session, database.files, result, attached)


class Page(HTMLParser):
    """What a browser makes of a page: its tags, and the links and the text in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.scripts: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag in ("td", "th", "tr"):
            self.text += " "
        self.links += [value for name, value in attrs if tag == "a" and name == "href" and value is not None]
        if tag == "script":
            self.scripts.append("")

    def handle_data(self, data: str) -> None:
        self.text += data
        if self.tags and self.tags[-1] == "script" and self.cdata_elem == "script":
            self.scripts[-1] += data
