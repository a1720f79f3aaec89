"""Find the fields that differ between two assessments."""

from __future__ import annotations

from collections.abc import Iterator

from calib.diff.models import FieldChange
from calib.model import Assessment

_ID_FIELDS = {
    "criteria": "criterion",
    "third_party": "service",
    "evidence": "id",
    "marks": "point",
}
_IGNORED = {"milestones", "content_hash", "files"}


def find_changed_fields(before: Assessment, after: Assessment) -> Iterator[FieldChange]:
    """Yield the fields that differ, in the order of the files."""
    old, new = dict(_list_fields(before)), dict(_list_fields(after))
    for file, field in dict.fromkeys((*old, *new)):
        then, now = old.get((file, field), ""), new.get((file, field), "")
        if then != now:
            yield FieldChange(file=file, field=field, before=then, after=now)


def _list_fields(assessment: Assessment) -> Iterator[tuple[tuple[str, str], str]]:
    """Yield the text of every field that has a value, by file and field path."""
    data = assessment.model_dump(mode="json", exclude=_IGNORED, exclude_defaults=True)
    parts = [("assessment.yaml", data.get("header", {}))]
    parts += [(f"case_studies/{s['slug']}.yaml", s) for s in data.get("case_studies", ())]
    parts += [(f"controls/{r['control']}.yaml", r) for r in data.get("responses", ())]
    parts += [("evidence.yaml", {"evidence": data.get("evidence", ())})]
    parts += [("plan.yaml", {f"[{a['id']}]": a for a in data.get("plan", ())})]
    for file, value in parts:
        for field, text in _flatten(value, ""):
            yield (file, field), text
    for name, state in assessment.files:
        yield ("evidence.yaml", f"evidence[{name}] (file)"), str(state)


def _flatten(value: object, path: str, key: str = "") -> Iterator[tuple[str, str]]:
    """Yield the field paths and texts inside a value; `key` is the key it was found under."""
    if isinstance(value, dict):
        for name, item in value.items():
            step = name if not path or name.startswith("[") else f".{name}"
            # An id is part of the path already.
            if name not in ("slug", _ID_FIELDS.get(key, "")):
                yield from _flatten(item, path + step, name)
    elif isinstance(value, list | tuple) and value and isinstance(value[0], dict):
        seen: dict[str, int] = {}
        for item in value:
            item_id = str(item.get(_ID_FIELDS.get(key, "id"), ""))
            seen[item_id] = seen.get(item_id, 0) + 1
            # Third-party services, for example, may share a name.
            number = f" {seen[item_id]}" if seen[item_id] > 1 else ""
            # The same paths as in edits and the log, where answers are keyed by their criterion.
            step = f".{item_id}" if key == "criteria" else f"[{item_id}{number}]"
            yield from _flatten(item, path + step, key)
    elif isinstance(value, list | tuple):
        yield path, ", ".join(map(str, value))
    else:
        yield path, str(value)
