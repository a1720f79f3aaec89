"""Paths of the data files that are installed with the package."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_SHIPPED = _PACKAGE / "shipped"


def resource_path(*parts: str) -> Path:
    """Return the path of a file under `data/`, `templates/` or `notebooks/`.

    In a wheel these folders are inside the package, in a checkout next to it.
    """
    root = _SHIPPED if _SHIPPED.is_dir() else _PACKAGE.parent
    return root.joinpath(*parts)


def package_folder() -> Path:
    """Return the folder of the package's code."""
    return _PACKAGE
