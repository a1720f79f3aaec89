"""An assessment folder <-> Assessment: reading it, and changing it one field at a time.

Names are loaded when first used: whoever only saves an edit does not wait for the loader.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from calib.store.carriage import carry, take_back
    from calib.store.conflicts import Conflict
    from calib.store.create import create_assessment, must_be_new
    from calib.store.find import EXAMPLES, find_assessment
    from calib.store.folder import load_assessment
    from calib.store.journal import Entry, Kind, Outcome
    from calib.store.migration import Migration, migrate
    from calib.store.session import Store
    from calib.store.writer import Answer, Edges, Kept, Saved

_HOMES = {
    "EXAMPLES": "find",
    "Answer": "writer",
    "Conflict": "conflicts",
    "Edges": "writer",
    "Entry": "journal",
    "Kept": "writer",
    "Kind": "journal",
    "Migration": "migration",
    "Outcome": "journal",
    "Saved": "writer",
    "Store": "session",
    "carry": "carriage",
    "create_assessment": "create",
    "find_assessment": "find",
    "load_assessment": "folder",
    "migrate": "migration",
    "must_be_new": "create",
    "take_back": "carriage",
}

__all__ = [
    "EXAMPLES",
    "Answer",
    "Conflict",
    "Edges",
    "Entry",
    "Kept",
    "Kind",
    "Migration",
    "Outcome",
    "Saved",
    "Store",
    "carry",
    "create_assessment",
    "find_assessment",
    "load_assessment",
    "migrate",
    "must_be_new",
    "take_back",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'calib.store' has no attribute {name!r}")
    return getattr(import_module(f"calib.store.{_HOMES[name]}"), name)
