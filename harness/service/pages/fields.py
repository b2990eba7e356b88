"""Fields of forms: how each sort of field is written into a request, and read back from one.

A field is called as the key of the request that it fills. What is typed stays text until the request's own model has
looked at it: that says what is wrong, and the form shows it beside the field.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Said = Mapping[str, str]
"""What was typed, by the names of fields; uploads have been read."""

Sort = Literal["program", "yaml", "patch", "patches", "line", "lines", "whole", "seconds", "choice"]


@dataclass(frozen=True, slots=True)
class Field:
    """One of a form. `file`: the name of the upload that it makes."""

    name: str
    label: str
    sort: Sort
    start: str = ""
    help: str = ""
    choices: Sequence[tuple[str, str]] = ()
    required: bool = False
    file: str = ""

    @property
    def is_upload(self) -> bool:
        """Whether what is typed becomes a file of the request."""
        return self.sort in ("program", "yaml", "patch", "patches")


def write(fields: Sequence[Field], said: Said) -> dict[str, Any]:
    """The keys of a request. Fields that are empty are left out."""
    made: dict[str, Any] = {"files": []}
    for field in fields:
        text = said.get(field.name, "")
        if not text.strip():
            continue
        if field.is_upload:
            name = _file(field, text)
            made["files"].append({"name": name, "text": text})
            made[field.name] = [name] if field.sort == "patches" else name
        else:
            made[field.name] = _value(field, text.strip())
    return made


def read(fields: Sequence[Field], request: Mapping[str, Any]) -> dict[str, str]:
    """What to type to ask for the same again."""
    texts = {upload["name"]: upload["text"] for upload in request.get("files", [])}
    said = {}
    for field in fields:
        value = request.get(field.name)
        if field.is_upload:
            names = value if isinstance(value, list) else [value]
            said[field.name] = "\n".join(texts[name] for name in names if name in texts)
        elif isinstance(value, list):
            said[field.name] = "\n".join(value)
        else:
            said[field.name] = "" if value is None else str(value)
    return said


def _file(field: Field, text: str) -> str:
    """The name decides how a program is read: Go has a package clause, programs of the algebra have none."""
    if field.sort == "program":
        return "program.go" if re.search(r"^\s*package\s", text, re.MULTILINE) else "program.yaml"
    return field.file


def _value(field: Field, text: str) -> Any:
    match field.sort:
        case "lines":
            return [line.strip() for line in text.splitlines() if line.strip()]
        case "whole":
            return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else text
        case "seconds":
            return float(text) if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text) else text
        case _:
            return text
