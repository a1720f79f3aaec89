"""The names under which an assessment is found."""

from __future__ import annotations

from pathlib import Path

from calib.places import shipped
from calib.problems import BadInput, Problem

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
    return shipped("data", "examples", EXAMPLES[name])
