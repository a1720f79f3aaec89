"""Strict YAML: what a person could not have meant is an error with its line.

On top of libyaml's event stream: no aliases, tags, duplicate keys or several documents; bounded
size and depth. Only `true`, `false`, `null` and plain decimal integers are typed; `NO`, `010` and
`2026-05-01` stay the text that was typed, and the models turn them into what they need.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError

from calib.errors import Problem
from calib.files.regular import NotRegularFile, read_regular
from calib.model.base import FrozenModel

MAX_BYTES = 2_000_000
MAX_DEPTH = 24

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_PLAIN: dict[str, Any] = {"true": True, "false": False, "null": None, "~": None, "": None}

FieldPath = tuple[str | int, ...]
ModelT = TypeVar("ModelT", bound=FrozenModel)


@dataclass
class YamlDocument:
    """Hold a parsed file: its value, the line of every place in it, and what is wrong."""

    name: str
    value: Any = None
    text: str = ""
    lines: dict[FieldPath, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def problem(self, message: str, place: FieldPath = (), remedy: str = "", line: int = 0) -> None:
        """Note a problem at a place."""
        self.problems.append(
            Problem(self.name, message, line or self.line(place), format_field_path(place), remedy)
        )

    def line(self, place: FieldPath) -> int:
        """Return the line of the nearest enclosing place that stands in the file."""
        for end in range(len(place), -1, -1):
            if place[:end] in self.lines:
                return self.lines[place[:end]]
        return 0


def format_field_path(place: FieldPath) -> str:
    """Write a place as `criteria.methodology.evidence[0]`."""
    text = ""
    for part in place:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


class _Stop(Exception):
    """The rest of the file cannot be read."""


def read_yaml(path: Path, name: str = "") -> YamlDocument:
    """Parse a file; problems are noted in the document, never raised."""
    document = YamlDocument(name or str(path))
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            document.problem(
                f"the file has {size:,} bytes; at most {MAX_BYTES:,} are read",
                remedy="move long material into evidence/",
            )
            return document
        document.text = read_regular(path).decode("utf-8-sig")
    except FileNotFoundError:
        document.problem("the file is missing", remedy="see `calib new --help` for a whole folder")
    except NotRegularFile as error:
        document.problem(f"cannot be read: {error.strerror}", remedy="put the file itself there")
    except OSError as error:
        document.problem(f"cannot be read: {error.strerror}", remedy="check its permissions")
    except UnicodeDecodeError as error:
        document.problem(f"is not UTF-8 (byte {error.start})", remedy="save it as UTF-8")
    else:
        parse_yaml(document.text, document)
    return document


def parse_yaml(text: str, document: YamlDocument) -> None:
    """Parse YAML text into the document's value, lines and problems."""
    try:
        events = yaml.parse(text, Loader=_Loader)
        _Builder(document).build(_guarded(events))
    except yaml.MarkedYAMLError as error:
        mark: Any = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 0
        said = error.problem or error.context or "cannot be parsed"
        document.problem(
            f"is not YAML: {said}", line=line, remedy=_yaml_remedy(str(said), text, line)
        )
    except yaml.YAMLError as error:
        said = str(getattr(error, "reason", "") or "an unreadable character")
        document.problem(f"is not YAML: {said}", remedy="remove the control character")
    except _Stop:
        pass


def _yaml_remedy(said: str, text: str, line: int) -> str:
    rows = text.splitlines()
    near = "".join(rows[max(0, line - 2) : line])
    if any(row.startswith(("<<<<<<<", ">>>>>>>", "=======")) for row in rows):
        return "a merge left its markers: choose one side and delete the lines of < = >"
    if "\t" in near:
        return "indent with spaces, not tabs"
    if "mapping values" in said:
        return "put text that holds a colon in quotes, or use a block with |"
    return "check indentation, quotes and colons on this line and the one before"


def _guarded(events: Iterator[Any]) -> Iterator[Any]:
    """Pass events on; libyaml raises on the first broken one."""
    yield from events


class _Builder:
    """Build plain values from events, noting lines and what strict YAML forbids."""

    def __init__(self, document: YamlDocument) -> None:
        self.document = document

    def build(self, events: Iterator[Any]) -> None:
        seen = False
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                if seen:
                    self.forbid(event, (), "holds a second document", "keep one document, no `---`")
                    raise _Stop
                seen = True
                self.document.value = self.node(next(events), events, (), 0)
        if self.document.value is None and not self.document.problems:
            self.document.problem("the file is empty", remedy="see `calib new --help`")

    def forbid(self, event: Any, place: FieldPath, message: str, remedy: str) -> None:
        self.document.problem(message, place, remedy, line=event.start_mark.line + 1)

    def node(self, event: Any, events: Iterator[Any], place: FieldPath, depth: int) -> Any:
        self.document.lines.setdefault(place, event.start_mark.line + 1)
        if isinstance(event, yaml.AliasEvent):
            self.forbid(event, place, "uses an alias (*)", "write the value out, or quote the text")
            return None
        if event.anchor is not None:
            self.forbid(
                event, place, "uses an anchor (&)", "write the value out, or quote the text"
            )
        if event.tag is not None:
            self.forbid(event, place, f"uses a tag ({event.tag})", "write a plain value")
        if depth > MAX_DEPTH:
            self.forbid(event, place, f"is nested deeper than {MAX_DEPTH}", "flatten it")
            raise _Stop
        if isinstance(event, yaml.MappingStartEvent):
            return self.mapping(events, place, depth)
        if isinstance(event, yaml.SequenceStartEvent):
            return self.sequence(events, place, depth)
        return self.scalar(event)

    def mapping(self, events: Iterator[Any], place: FieldPath, depth: int) -> dict[str, Any]:
        built: dict[str, Any] = {}
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            if not isinstance(event, yaml.ScalarEvent):
                self.forbid(event, place, "has a key that is no plain text", "quote the key")
                raise _Stop
            key = event.value
            here = (*place, key)
            twice = key in built
            mark: Any = event.start_mark
            self.document.lines[here] = mark.line + 1
            if twice:
                self.forbid(event, here, "stands twice", "keep one of the two")
            value = self.node(next(events), events, here, depth + 1)
            if not twice:
                built[key] = value
        return built

    def sequence(self, events: Iterator[Any], place: FieldPath, depth: int) -> list[Any]:
        built: list[Any] = []
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            built.append(self.node(event, events, (*place, len(built)), depth + 1))
        return built

    @staticmethod
    def scalar(event: Any) -> Any:
        if not event.implicit[0]:
            return event.value
        if event.value in _PLAIN:
            return _PLAIN[event.value]
        return int(event.value) if _INTEGER.fullmatch(event.value) else event.value


def validate_yaml(document: YamlDocument, kind: type[ModelT], **extra: Any) -> ModelT | None:
    """Turn a parsed document into a noun; its problems are noted in the document."""
    if document.problems:
        return None
    if not isinstance(document.value, dict):
        document.problem("must hold `key: value` lines", remedy="see `calib new --help`")
        return None
    try:
        return kind.model_validate({**document.value, **extra})
    except ValidationError as error:
        for one in error.errors(include_url=False, include_context=True):
            place = _place_in_file(one["loc"], document.value)
            message, remedy = _in_words(one, kind)
            document.problem(message, place, remedy)
        return None


def _place_in_file(loc: tuple[int | str, ...], value: Any) -> FieldPath:
    """Turn a model's location into the file's: the nth entry of a mapping is called by its key."""
    place: list[str | int] = []
    for part in loc:
        if isinstance(value, dict) and isinstance(part, int):
            part = list(value)[part] if part < len(value) else part
        place.append(part)
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            value = None
    return tuple(place)


def _in_words(error: Any, kind: type[FrozenModel]) -> tuple[str, str]:
    """Say a validation error in plain words, with a remedy."""
    what, got = error["type"], error.get("input")
    shown = repr(got) if len(repr(got)) <= 40 else repr(got)[:37] + "..."
    if what == "extra_forbidden":
        key = str(error["loc"][-1])
        return "unknown key", _did_you_mean(key, _known_keys(kind))
    if what == "missing":
        return "required, but not there", f"add `{error['loc'][-1]}:`"
    if what == "value_error":
        return str(error["ctx"]["error"]), f"got {shown}" if not isinstance(got, dict) else ""
    message = str(error["msg"])
    words = {
        "greater_than_equal": f"must be at least {error.get('ctx', {}).get('ge')}, got {shown}",
        "less_than_equal": f"must be at most {error.get('ctx', {}).get('le')}, got {shown}",
        "int_parsing": f"must be a whole number, got {shown}",
        "string_type": f"must be a text, got {shown}",
        "string_pattern_mismatch": f"has the wrong form, got {shown}",
        "string_too_short": "must not be empty",
        "tuple_type": f"must be a list, got {shown}",
        "enum": f"must be {error.get('ctx', {}).get('expected')}, got {shown}",
    }
    remedies = {
        "string_pattern_mismatch": f"expected {error.get('ctx', {}).get('pattern')}",
        "tuple_type": "write one line per entry, each starting with `- `",
        "string_type": "put it in quotes",
    }
    if "date" in what:
        return f"must be a date, got {shown}", "write it as 2026-05-31"
    return words.get(what, f"{message[0].lower()}{message[1:]}, got {shown}"), remedies.get(
        what, ""
    )


def _known_keys(kind: type[FrozenModel]) -> set[str]:
    """Collect the keys of a noun and of every noun inside it."""
    keys: set[str] = set()
    waiting, seen = [kind], set()
    while waiting:
        one = waiting.pop()
        if one in seen:
            continue
        seen.add(one)
        keys |= set(one.model_fields)
        for info in one.model_fields.values():
            waiting += list(_nouns_in(info.annotation))
    return keys


def _nouns_in(annotation: Any) -> Iterator[type[FrozenModel]]:
    if isinstance(annotation, type) and issubclass(annotation, FrozenModel):
        yield annotation
    for inner in getattr(annotation, "__args__", ()):
        yield from _nouns_in(inner)


def _did_you_mean(key: str, known: set[str]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(key, sorted(known), n=1)
    return f"did you mean `{close[0]}`?" if close else "remove it, or check its spelling"
