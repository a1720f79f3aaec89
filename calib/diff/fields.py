"""Assessments -> the fields that read otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from calib.diff.models import FieldChange
from calib.model import Assessment

_IDENTITY = {"criteria": "criterion", "third_party": "service", "evidence": "id"}
_ASIDE = {"milestones", "content_hash", "files"}


def fields(before: Assessment, after: Assessment) -> Iterator[FieldChange]:
    """List the fields that differ, in the order of the files."""
    old, new = dict(_leaves(before)), dict(_leaves(after))
    for place in dict.fromkeys((*old, *new)):
        then, now = old.get(place, ""), new.get(place, "")
        if then != now:
            yield FieldChange(file=place[0], field=place[1], before=then, after=now)


def _leaves(assessment: Assessment) -> Iterator[tuple[tuple[str, str], str]]:
    """List every field in which something stands, by file and name."""
    data = assessment.model_dump(mode="json", exclude=_ASIDE, exclude_defaults=True)
    parts = [("assessment.yaml", data.get("header", {}))]
    parts += [(f"case_studies/{s['slug']}.yaml", s) for s in data.get("case_studies", ())]
    parts += [(f"controls/{r['control']}.yaml", r) for r in data.get("responses", ())]
    parts += [("evidence.yaml", {"evidence": data.get("evidence", ())})]
    parts += [("plan.yaml", {f"[{a['id']}]": a for a in data.get("plan", ())})]
    for file, value in parts:
        for field, said in _inside(value, ""):
            yield (file, field), said
    for name, state in assessment.files:
        yield ("evidence.yaml", f"evidence[{name}] (file)"), str(state)


def _inside(value: Any, name: str, key: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for inner, one in value.items():
            under = inner if not name or inner.startswith("[") else f".{inner}"
            if inner not in ("slug", _IDENTITY.get(key, "")):
                yield from _inside(one, name + under, inner)
    elif isinstance(value, list | tuple) and value and isinstance(value[0], dict):
        seen: dict[str, int] = {}
        for one in value:
            ident = str(one.get(_IDENTITY.get(key, "id"), ""))
            seen[ident] = seen.get(ident, 0) + 1
            twice = f" {seen[ident]}" if seen[ident] > 1 else ""
            # As edits and the log call it: answers stand under their criterion in the file.
            step = f".{ident}" if key == "criteria" else f"[{ident}{twice}]"
            yield from _inside(one, name + step, key)
    elif isinstance(value, list | tuple):
        yield name, ", ".join(map(str, value))
    else:
        yield name, str(value)
