"""Where the files that travel with the program lie, in a checkout and in an installed wheel."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_SHIPPED = _PACKAGE / "shipped"


def resource_path(*parts: str) -> Path:
    """Return the path of a file under `data/`, `templates/` or `notebooks/`.

    A wheel carries them inside the package; a checkout has them beside it.
    """
    root = _SHIPPED if _SHIPPED.is_dir() else _PACKAGE.parent
    return root.joinpath(*parts)


def package_folder() -> Path:
    """Return the folder of the program's own code."""
    return _PACKAGE
