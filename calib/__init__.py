"""Readiness for the AWS Generative AI Competency: review answers, score maturity, plan the rest.

Names are imported when first used, which keeps `import calib` and every command quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    "BadInput": "calib.errors",
    "CannotWrite": "calib.errors",
    "assess": "calib.scoring.assess",
    "load_assessment": "calib.store.load",
    "load_catalog": "calib.catalog.load",
    "make_plan": "calib.scoring.plan",
    "qualify": "calib.qualification",
}

__all__ = ["__version__", *_HOMES]


def __getattr__(name: str) -> Any:  # the type of a lazily imported name is not known here
    if name not in _HOMES:
        raise AttributeError(f"module 'calib' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
