"""Find assessments by the names that users type."""

from __future__ import annotations

from pathlib import Path

from calib.errors import BadInput, Problem
from calib.resources import resource_path

EXAMPLES = {"strong": "northwind", "halfway": "brightloom", "insufficient": "cloudnova"}


def find_assessment(name: str) -> Path:
    """Return the folder that a name refers to; `example:halfway` is a built-in example.

    The folder need not exist. Raises BadInput for an unknown example.
    """
    kind, _, example = name.partition(":")
    if kind != "example":
        return Path(name).expanduser()
    if example not in EXAMPLES:
        remedy = "choose " + ", ".join(f"example:{n}" for n in EXAMPLES)
        raise BadInput([Problem(name, "there is no such example", remedy=remedy)])
    return resource_path("data", "examples", EXAMPLES[example])


def find_assessments(folder: Path) -> list[Path]:
    """Return the folder itself if it is an assessment, or else the assessments in it, in order.

    A folder that looks like an assessment without its header is included: the loader reports it.
    Raises BadInput if there is none.
    """
    if (folder / "assessment.yaml").exists() or not folder.is_dir():
        return [folder]  # `load_assessment` reports a folder that does not exist
    try:
        inner = sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))
    except OSError:
        return [folder]
    parts = ("assessment.yaml", "controls", "case_studies")
    found = [p for p in inner if any((p / part).exists() for part in parts)]
    if not found and not any((folder / part).exists() for part in parts):
        raise BadInput([Problem(str(folder), "is not an assessment and contains none")])
    return found or [folder]
