"""The user's cache folder, whose files may be deleted at any time."""

from __future__ import annotations

import os
from pathlib import Path


def cache_path(name: str) -> Path | None:
    """Return the path of a cache file; None without a home folder or with CALIB_CACHE=off."""
    if os.environ.get("CALIB_CACHE") == "off":
        return None
    try:
        base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
        return (Path(base) if base else Path.home() / ".cache") / "calib" / name
    except RuntimeError:  # the user has no home folder
        return None
