"""YAML that people write, read strictly: each error is one line that names the file and the line.

Stricter than YAML itself, because a slip must not pass silently: keys may not come twice, there are no
aliases, and pydantic models (`Strict`) take no unknown keys and convert no types ("2" is no number, 1.20 no
text).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from harness.errors import UsageError


class _Loader(yaml.SafeLoader):
    """PyYAML's, with the plain scalars of YAML 1.2: `on` is a word, 1:30 and 010 are no numbers."""


_Loader.yaml_implicit_resolvers = {}
for _kind_of_scalar, _pattern, _initials in (
    ("null", r"null|~|", ["n", "~", ""]),
    ("bool", r"true|false", ["t", "f"]),
    ("int", r"[-+]?(?:0|[1-9][0-9]*)", list("-+0123456789")),
    ("float", r"[-+]?[0-9]+\.[0-9]*", list("-+0123456789")),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_kind_of_scalar}", re.compile(f"^(?:{_pattern})$"), _initials)

_FORMS = {
    r"^\S[^\n]*$": "one line that begins with no space",
    r"\S": "more than spaces",
    r"^https://[^\s/]+/\S+$": "an https:// address with a path",
    r"^(https://[^\s/]+/\S+|unreported)$": "an https:// address with a path, or unreported",
    r"^[a-z0-9]+(-[a-z0-9]+)*$": "lower-case letters, digits and single hyphens",
}
"""What the patterns of the models ask for, in words."""

DEEPEST = 50
"""Collections inside each other. Far more than any file needs, and far less than it takes to keep a reader busy: the
time to read what is nested grows with the square of its depth."""

Model = TypeVar("Model", bound=BaseModel)
Key = str | int
"""A step of the way to a value: a key of a mapping or an index of a sequence."""


class Strict(BaseModel):
    """Base of the models of YAML files: no unknown keys, no conversions, no changes."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Document:
    """One YAML document as plain data, which still knows the line of every value.

    `file` is the name that messages give, `first_line` the line of the file at which the text begins.
    `error` is the class that is raised.
    """

    @classmethod
    def read(cls, path: Path, error: type[UsageError]) -> Self:
        """The document in a file. Raises `error`."""
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            raise error(f"{path}: not UTF-8") from None
        except OSError as trouble:
            raise error(f"{path}: cannot be read: {trouble.strerror}") from None
        return cls(text, file=str(path), first_line=1, error=error)

    def __init__(self, text: str, *, file: str, first_line: int, error: type[UsageError]) -> None:
        self.file = file
        self._first_line = first_line
        self._error = error
        self._lines: dict[tuple[Key, ...], int] = {}
        try:
            loader = _Loader(text)
            depth = 0
            for event in yaml.parse(text, _Loader):
                if isinstance(event, yaml.AliasEvent):
                    raise self._at(_line(event.start_mark), f"alias *{event.anchor}: write the value out")
                depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
                if depth > DEEPEST:
                    raise self._at(_line(event.start_mark), f"nested more than {DEEPEST} deep")
            node = loader.get_single_node()
            if node is not None:
                self._survey(node, ())
            self.data: object = None if node is None else loader.construct_document(node)
        except yaml.MarkedYAMLError as trouble:
            problem = " ".join(str(trouble.problem or trouble.context or "it does not parse").split())
            raise self._at(_line(trouble.problem_mark or trouble.context_mark), f"not YAML: {problem}") from None
        except yaml.reader.ReaderError as trouble:
            line = text.count("\n", 0, trouble.position if isinstance(trouble.position, int) else 0)
            raise self._at(line, f"not YAML: the character {_character(trouble)} is not allowed") from None
        except ValueError as trouble:
            raise self._at(0, f"not YAML: {' '.join(str(trouble).split())}") from None

    def fault(self, path: Sequence[Key], message: str) -> UsageError:
        """An error at the value that `path` leads to, to be raised."""
        keys = tuple(path)
        while keys and keys not in self._lines:
            keys = keys[:-1]
        return self._at(self._lines.get(keys, 0), message)

    def validate(self, model: type[Model]) -> Model:
        """The document as a `model`. Its first fault, in the order of the file, is raised; that a key is missing is
        told last, for it may be misspelt."""
        if not isinstance(self.data, dict):
            raise self._at(0, f"must be a mapping of keys to values, not {_kind(self.data)}")
        try:
            return model.model_validate(self.data)
        except ValidationError as invalid:
            faults = [(self._path(tuple(fault["loc"])), fault) for fault in invalid.errors(include_url=False)]
            path, first = min(faults, key=lambda f: (f[1]["type"] == "missing", self._lines.get(f[0], 0)))
            raise self.fault(path, _at_a_key(path, first, model)) from None

    def _at(self, line: int, message: str) -> UsageError:
        return self._error(f"{self.file}:{self._first_line + line}: {message}")

    def _path(self, location: tuple[Key, ...]) -> tuple[Key, ...]:
        """pydantic's location, without the steps (names of union members) that are no steps in the file."""
        path: tuple[Key, ...] = ()
        for step in location:
            if (*path, step) in self._lines or step == location[-1]:
                path = (*path, step)
        return path

    def _survey(self, node: yaml.Node, path: tuple[Key, ...]) -> None:
        """Note the line of every value below `node`; a key that comes twice is an error."""
        self._lines.setdefault(path, node.start_mark.line)
        if isinstance(node, yaml.SequenceNode):
            for index, item in enumerate(node.value):
                self._survey(item, (*path, index))
        elif isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if key.tag != "tag:yaml.org,2002:str":
                    raise self._at(key.start_mark.line, "a key that is no text; put it in quotes")
                name = str(key.value)
                if (*path, name) in self._lines:
                    earlier = self._first_line + self._lines[*path, name]
                    raise self._at(key.start_mark.line, f"key {name!r} is there already, on line {earlier}")
                self._lines[*path, name] = key.start_mark.line
                self._survey(value, (*path, name))


def in_words(fault: ErrorDetails) -> str:
    """What pydantic found wrong with a value, in the words of this project: "must be a number"."""
    limits: Mapping[str, object] = fault.get("ctx", {})
    match fault["type"]:
        case "string_type":
            return "must be text; put it in quotes"
        case "int_type" | "int_parsing" | "int_from_float":
            return "must be a whole number"
        case "float_type" | "float_parsing" | "finite_number":
            return "must be a number"
        case "bool_type" | "bool_parsing":
            return "must be true or false"
        case "list_type":
            return "must be a list"
        case "model_type" | "model_attributes_type" | "dict_type":
            return "must be a mapping of keys to values"
        case "literal_error" | "enum":
            return f"must be {limits['expected']}"
        case "greater_than_equal":
            return f"must be at least {limits['ge']:g}"
        case "less_than_equal":
            return f"must be at most {limits['le']:g}"
        case "string_too_short" | "too_short":
            return "must not be empty"
        case "string_pattern_mismatch":
            pattern = str(limits["pattern"])
            return f"must be {_FORMS.get(pattern, f'text of the form {pattern}')}"
        case "value_error":
            return fault["msg"].removeprefix("Value error, ").removesuffix(".")
        case _:
            return f"{fault['msg'][:1].lower()}{fault['msg'][1:]}"


def _at_a_key(path: tuple[Key, ...], fault: ErrorDetails, model: type[BaseModel]) -> str:
    """A fault of the value that `path` leads to."""
    name = ".".join(str(step) for step in path)
    match fault["type"]:
        case "extra_forbidden":
            known = f"; known keys: {', '.join(model.model_fields)}" if len(path) == 1 else ""
            return f"unknown key {name!r}{known}"
        case "missing":
            return f"key {name!r} is missing"
        case _:
            told = in_words(fault)
            return f"{name} {told}" if told.startswith("must ") else f"{name}: {told}"


def _character(trouble: yaml.reader.ReaderError) -> str:
    """The offending character: PyYAML gives its number or itself."""
    return repr(chr(trouble.character) if isinstance(trouble.character, int) else trouble.character)


def _line(mark: object) -> int:
    return mark.line if isinstance(mark, yaml.Mark) else 0


def _kind(data: object) -> str:
    match data:
        case None:
            return "nothing"
        case list():
            return "a list"
        case _:
            return "a single value"
