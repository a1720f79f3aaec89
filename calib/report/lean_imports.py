"""Import papermill, nbformat and nbconvert without optional dependencies that are slow to load."""

from __future__ import annotations

import importlib
import sys
from functools import cache
from typing import Any

_OPTIONAL = ("rfc3987_syntax", "boto3")
"""Packages that the libraries below look for and do without.

- jsonschema builds a grammar of IRIs with rfc3987_syntax, which takes over a second; without it,
  jsonschema skips that format check. Notebooks contain no IRIs.
- papermill reads notebooks from S3 with boto3, about 0.1 s; reports read local notebooks only.
"""


@cache
def import_lean(module: str) -> None:
    """Import a module while the optional packages are hidden from it.

    A later `import boto3` elsewhere in the process works as usual. A library that was loaded before
    keeps what it found then.
    """
    hidden = [name for name in _OPTIONAL if name not in sys.modules]
    modules: dict[str, Any] = sys.modules
    # None makes the import system raise ModuleNotFoundError, which these libraries catch.
    modules.update(dict.fromkeys(hidden))
    try:
        importlib.import_module(module)
    finally:
        for name in hidden:
            del modules[name]
