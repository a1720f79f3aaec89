"""The names under which an assessment is found."""

from __future__ import annotations

from pathlib import Path

from calib.errors import BadInput, Problem
from calib.resources import resource_path

EXAMPLES = {"strong": "northwind", "halfway": "brightloom", "insufficient": "cloudnova"}


def find_assessment(place: str) -> Path:
    """Return the folder that a name means; `example:halfway` is a shipped example.

    Raises BadInput where there is no such example.
    """
    kind, _, name = place.partition(":")
    if kind != "example":
        return Path(place).expanduser()
    if name not in EXAMPLES:
        remedy = "choose " + ", ".join(f"example:{n}" for n in EXAMPLES)
        raise BadInput([Problem(place, "there is no such example", remedy=remedy)])
    return resource_path("data", "examples", EXAMPLES[name])


def find_assessments(place: Path) -> list[Path]:
    """Return the assessment that a folder is, or those that lie in it, in order.

    What lies among assessments and looks like one that lost a file is returned as well, so that it
    is not passed over. Raises BadInput where there is none.
    """
    if (place / "assessment.yaml").exists() or not place.is_dir():
        return [place]  # a folder that is not there is told so by whoever reads it
    try:
        inner = sorted(p for p in place.iterdir() if p.is_dir() and not p.name.startswith("."))
    except OSError:
        return [place]
    parts = ("assessment.yaml", "controls", "case_studies")
    found = [p for p in inner if any((p / part).exists() for part in parts)]
    if not found and not any((place / part).exists() for part in parts):
        raise BadInput([Problem(str(place), "is no assessment, and holds none")])
    return found or [place]
