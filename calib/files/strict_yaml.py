"""Parse a strict subset of YAML, and report every problem with its line.

The parser reads libyaml's events. Aliases, anchors, tags, duplicate keys and several documents are
problems; size and depth are bounded. Only `true`, `false`, `null` and plain decimal integers are
typed: `NO`, `010` and `2026-05-01` stay the text that was typed, and the models convert them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import yaml
from pydantic import ValidationError

from calib.errors import Problem
from calib.files.regular import NotRegularFile, read_regular
from calib.files.validation_messages import describe_error
from calib.model.base import FrozenModel

MAX_BYTES = 2_000_000
# Far deeper than any file of an assessment, and far below the recursion limit of Python.
MAX_DEPTH = 24

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# At most 18 digits: larger numbers do not fit into 64 bits, and Python refuses very long ones.
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_KEYWORDS: dict[str, bool | None] = {
    "true": True,
    "false": False,
    "null": None,
    "~": None,
    "": None,
}

FieldPath: TypeAlias = tuple[str | int, ...]
"""The keys and positions that lead to a value."""
PlainValue: TypeAlias = "str | int | bool | list[PlainValue] | dict[str, PlainValue] | None"
"""A value as strict YAML has it."""
ModelT = TypeVar("ModelT", bound=FrozenModel)


@dataclass
class YamlDocument:
    """A parsed file: its value, the line of every field, and the problems found so far."""

    name: str
    value: Any = None
    """A PlainValue. Any, because callers read it without narrowing after validation."""
    text: str = ""
    lines: dict[FieldPath, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def add_problem(
        self, message: str, path: FieldPath = (), remedy: str = "", line: int = 0
    ) -> None:
        """Add a problem with a field; without a line it gets the line of the field."""
        self.problems.append(
            Problem(self.name, message, line or self.line_of(path), format_field_path(path), remedy)
        )

    def line_of(self, path: FieldPath) -> int:
        """Return the line of a field, or of the nearest field around it that is in the file."""
        for end in range(len(path), -1, -1):
            if path[:end] in self.lines:
                return self.lines[path[:end]]
        return 0


def format_field_path(path: FieldPath) -> str:
    """Return a path as text, such as `criteria.methodology.evidence[0]`."""
    text = ""
    for step in path:
        # A step like `=handbook` names a list item (see `yamledit.fieldpath`).
        if isinstance(step, int) or step.startswith("="):
            text += f"[{step}]"
        else:
            text += f".{step}" if text else step
    return text


class _StopParsing(Exception):
    """A problem after which the rest of the file cannot be parsed."""


def read_yaml(path: Path, name: str = "") -> YamlDocument:
    """Parse a file; problems are added to the document, never raised."""
    document = YamlDocument(name or str(path))
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            document.add_problem(
                f"the file has {size:,} bytes; at most {MAX_BYTES:,} are read",
                remedy="move long material into evidence/",
            )
            return document
        document.text = read_regular(path).decode("utf-8-sig")
    except FileNotFoundError:
        document.add_problem(
            "the file is missing", remedy="see `calib new --help` for a whole folder"
        )
    except NotRegularFile as error:
        document.add_problem(
            f"cannot be read: {error.strerror}", remedy="replace it by a regular file"
        )
    except OSError as error:
        document.add_problem(f"cannot be read: {error.strerror}", remedy="check its permissions")
    except UnicodeDecodeError as error:
        document.add_problem(f"is not UTF-8 (byte {error.start})", remedy="save it as UTF-8")
    else:
        parse_yaml(document.text, document)
    return document


def parse_yaml(text: str, document: YamlDocument) -> None:
    """Parse YAML text into the document's value, lines and problems."""
    try:
        events = yaml.parse(text, Loader=_Loader)
        _Builder(document).build(iter(events))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 0
        reason = str(error.problem or error.context or "cannot be parsed")
        document.add_problem(
            f"is not YAML: {reason}", line=line, remedy=_suggest_fix(reason, text, line)
        )
    except yaml.YAMLError as error:
        reason = str(getattr(error, "reason", "") or "an unreadable character")
        document.add_problem(f"is not YAML: {reason}", remedy="remove the control character")
    except _StopParsing:
        pass


def _suggest_fix(reason: str, text: str, line: int) -> str:
    rows = text.splitlines()
    near = "".join(rows[max(0, line - 2) : line])
    if any(row.startswith(("<<<<<<<", ">>>>>>>", "=======")) for row in rows):
        return "unresolved merge markers: keep one side and delete the lines of <, = and >"
    if "\t" in near:
        return "indent with spaces, not tabs"
    if "mapping values" in reason:
        return "put text that contains a colon in quotes, or use a block with |"
    return "check indentation, quotes and colons on this line and the one before"


class _Builder:
    """Build a plain value from events; record lines and violations of the strict subset."""

    def __init__(self, document: YamlDocument) -> None:
        self.document = document

    def build(self, events: Iterator[yaml.Event]) -> None:
        seen = False
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                if seen:
                    self.add_problem(
                        event, (), "contains a second document", "keep one document, without `---`"
                    )
                    raise _StopParsing
                seen = True
                self.document.value = self.build_node(next(events), events, (), 0)
        if self.document.value is None and not self.document.problems:
            self.document.add_problem("the file is empty", remedy="see `calib new --help`")

    def add_problem(self, event: yaml.Event, path: FieldPath, message: str, remedy: str) -> None:
        self.document.add_problem(message, path, remedy, line=_line(event))

    def build_node(
        self, event: Any, events: Iterator[yaml.Event], path: FieldPath, depth: int
    ) -> PlainValue:
        self.document.lines.setdefault(path, _line(event))
        if isinstance(event, yaml.AliasEvent):
            self.add_problem(
                event, path, "uses an alias (*)", "write the value out, or quote the text"
            )
            return None
        if event.anchor is not None:
            self.add_problem(
                event, path, "uses an anchor (&)", "write the value out, or quote the text"
            )
        if event.tag is not None:
            self.add_problem(event, path, f"uses a tag ({event.tag})", "write a plain value")
        if depth > MAX_DEPTH:
            self.add_problem(event, path, f"is nested deeper than {MAX_DEPTH}", "flatten it")
            raise _StopParsing
        if isinstance(event, yaml.MappingStartEvent):
            return self.build_mapping(events, path, depth)
        if isinstance(event, yaml.SequenceStartEvent):
            return self.build_list(events, path, depth)
        return self.build_scalar(event)

    def build_mapping(
        self, events: Iterator[yaml.Event], path: FieldPath, depth: int
    ) -> dict[str, PlainValue]:
        built: dict[str, PlainValue] = {}
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            if not isinstance(event, yaml.ScalarEvent):
                self.add_problem(event, path, "has a key that is not text", "quote the key")
                raise _StopParsing
            key = event.value
            here = (*path, key)
            is_duplicate = key in built
            self.document.lines[here] = _line(event)
            if is_duplicate:
                self.add_problem(event, here, "duplicate key", "keep one of the two")
            value = self.build_node(next(events), events, here, depth + 1)
            if not is_duplicate:
                built[key] = value
        return built

    def build_list(
        self, events: Iterator[yaml.Event], path: FieldPath, depth: int
    ) -> list[PlainValue]:
        built: list[PlainValue] = []
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            built.append(self.build_node(event, events, (*path, len(built)), depth + 1))
        return built

    @staticmethod
    def build_scalar(event: yaml.ScalarEvent) -> str | int | None:
        # `implicit` is false for quoted texts and blocks, which are never numbers or keywords.
        if not event.implicit[0]:
            return event.value
        if event.value in _KEYWORDS:
            return _KEYWORDS[event.value]
        return int(event.value) if _INTEGER.fullmatch(event.value) else event.value


def _line(event: yaml.Event) -> int:
    mark = event.start_mark
    return mark.line + 1 if mark else 0


def validate_yaml(document: YamlDocument, model: type[ModelT], **extra: object) -> ModelT | None:
    """Turn a parsed document into a model; None, with problems added, if it is invalid."""
    if document.problems:
        return None
    if not isinstance(document.value, dict):
        document.add_problem("must contain `key: value` lines", remedy="see `calib new --help`")
        return None
    try:
        return model.model_validate({**document.value, **extra})
    except ValidationError as error:
        for details in error.errors(include_url=False, include_context=True):
            path = _path_in_file(details["loc"], document.value)
            message, remedy = describe_error(details, model)
            document.add_problem(message, path, remedy)
        return None


def _path_in_file(loc: tuple[int | str, ...], value: PlainValue) -> FieldPath:
    """Turn the location of a validation error into a path in the file.

    Models hold some mappings as tuples, so the nth entry of a mapping is replaced by its key.
    """
    path: list[str | int] = []
    for part in loc:
        if isinstance(value, dict) and isinstance(part, int):
            part = list(value)[part] if part < len(value) else part
        path.append(part)
        if isinstance(value, dict):
            value = value.get(str(part))
        elif isinstance(value, list) and isinstance(part, int) and part < len(value):
            value = value[part]
        else:
            value = None
    return tuple(path)
