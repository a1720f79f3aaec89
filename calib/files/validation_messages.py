"""Turn the validation errors of pydantic into messages and remedies for users."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from pydantic_core import ErrorDetails

from calib.model.base import FrozenModel


def describe_error(error: ErrorDetails, model: type[FrozenModel]) -> tuple[str, str]:
    """Return a message and a remedy for a validation error."""
    kind, got = error["type"], error.get("input")
    context = error.get("ctx", {})
    shown = repr(got) if len(repr(got)) <= 40 else repr(got)[:37] + "..."
    if kind == "extra_forbidden":
        key = str(error["loc"][-1])
        return "unknown key", _did_you_mean(key, _known_keys(model))
    if kind == "missing":
        return "required, but missing", f"add `{error['loc'][-1]}:`"
    if kind == "value_error":
        return str(error["ctx"]["error"]), f"got {shown}" if not isinstance(got, dict) else ""
    message = str(error["msg"])
    messages = {
        "greater_than_equal": f"must be at least {context.get('ge')}, got {shown}",
        "less_than_equal": f"must be at most {context.get('le')}, got {shown}",
        "int_parsing": f"must be a whole number, got {shown}",
        "string_type": f"must be a text, got {shown}",
        "string_pattern_mismatch": f"has the wrong form, got {shown}",
        "string_too_short": "must not be empty",
        "tuple_type": f"must be a list, got {shown}",
        "enum": f"must be {context.get('expected')}, got {shown}",
    }
    remedies = {
        "string_pattern_mismatch": f"expected {context.get('pattern')}",
        "tuple_type": "write one line per entry, each starting with `- `",
        "string_type": "put it in quotes",
    }
    if "date" in kind:
        return f"must be a date, got {shown}", "write it as 2026-05-31"
    return messages.get(kind, f"{message[0].lower()}{message[1:]}, got {shown}"), remedies.get(
        kind, ""
    )


def _known_keys(model: type[FrozenModel]) -> set[str]:
    """Collect the keys of a model and of every model inside it."""
    keys: set[str] = set()
    pending, seen = [model], set()
    while pending:
        current = pending.pop()
        if current in seen:
            continue
        seen.add(current)
        keys |= set(current.model_fields)
        for info in current.model_fields.values():
            pending += list(_models_in(info.annotation))
    return keys


def _models_in(annotation: object) -> Iterator[type[FrozenModel]]:
    if isinstance(annotation, type) and issubclass(annotation, FrozenModel):
        yield annotation
    for inner in getattr(annotation, "__args__", ()):
        yield from _models_in(inner)


def _did_you_mean(key: str, known: set[str]) -> str:
    close = get_close_matches(key, sorted(known), n=1)
    return f"did you mean `{close[0]}`?" if close else "remove it, or check its spelling"
