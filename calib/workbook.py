"""Deprecated name of `calib.notebook`, kept for one release for notebooks made before 0.2."""

from __future__ import annotations

import warnings
from typing import Any

from calib import notebook


def __getattr__(name: str) -> Any:
    value = getattr(notebook, name)
    warnings.warn(
        "calib.workbook is now calib.notebook; the old name goes with the next release",
        DeprecationWarning,
        stacklevel=2,
    )
    return value
