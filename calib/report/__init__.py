"""One report: what the notebook shows, and the run that turns it into files."""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOMES = {
    "Report": "calib.report.report",
    "open_portfolio": "calib.report.portfolio",
    "open_report": "calib.report.report",
    "write_report": "calib.report.write",
}

__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    # The notebook opens a report without paying for papermill and nbconvert.
    if name not in _HOMES:
        raise AttributeError(f"module 'calib.report' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
