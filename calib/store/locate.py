"""Find assessments by the names that users type."""

from __future__ import annotations

from pathlib import Path

from calib.errors import BadInput, Problem
from calib.resources import resource_path

EXAMPLES = {"strong": "northwind", "halfway": "brightloom", "insufficient": "cloudnova"}


def find_assessment(place: str) -> Path:
    """Return the folder that a name refers to; `example:halfway` is a built-in example.

    The folder need not exist. Raises BadInput for an unknown example.
    """
    kind, _, name = place.partition(":")
    if kind != "example":
        return Path(place).expanduser()
    if name not in EXAMPLES:
        remedy = "choose " + ", ".join(f"example:{n}" for n in EXAMPLES)
        raise BadInput([Problem(place, "there is no such example", remedy=remedy)])
    return resource_path("data", "examples", EXAMPLES[name])


def find_assessments(place: Path) -> list[Path]:
    """Return the folder itself if it is an assessment, or else the assessments in it, in order.

    A folder that looks like an assessment without its header is included: the loader reports it.
    Raises BadInput if there is none.
    """
    if (place / "assessment.yaml").exists() or not place.is_dir():
        return [place]  # `load_assessment` reports a folder that does not exist
    try:
        inner = sorted(p for p in place.iterdir() if p.is_dir() and not p.name.startswith("."))
    except OSError:
        return [place]
    parts = ("assessment.yaml", "controls", "case_studies")
    found = [p for p in inner if any((p / part).exists() for part in parts)]
    if not found and not any((place / part).exists() for part in parts):
        raise BadInput([Problem(str(place), "is not an assessment and contains none")])
    return found or [place]
