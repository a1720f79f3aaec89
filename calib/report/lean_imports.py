"""Import papermill, nbformat and nbconvert without packages that a report never uses.

These take half of the import time. Nothing is lost: see the reason at each name.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from functools import cache
from types import ModuleType
from typing import Any

_OPTIONAL = ("rfc3987_syntax", "rfc3986_validator", "isoduration", "boto3")
"""Packages that the libraries look for and do without.

- jsonschema checks the formats of IRIs, URIs and durations with the first three; rfc3987_syntax
  alone builds a grammar for over a second. The schema of notebooks has no such formats.
- papermill reads notebooks from S3 with boto3; reports read local notebooks.
"""
_DEFERRED = ("bs4", "requests")
"""Packages that the libraries import at once, but call late or never.

nbconvert parses HTML with bs4 in exporters that we do not use; papermill reads notebooks from web
addresses with requests.
"""


@cache
def import_lean(module: str) -> None:
    """Import a module while the packages above are hidden from it or deferred.

    Imports of these packages elsewhere in the process work as usual. A library that was loaded
    before is not affected.
    """
    modules: dict[str, Any] = sys.modules
    replaced: dict[str, Any] = {
        # None makes the import system raise ModuleNotFoundError, which the libraries catch.
        **dict.fromkeys(_OPTIONAL),
        **{name: _DeferredModule(name) for name in _DEFERRED},
    }
    replaced = {name: value for name, value in replaced.items() if name not in modules}
    modules.update(replaced)
    try:
        importlib.import_module(module)
    finally:
        for name in replaced:
            del modules[name]


class _DeferredModule(ModuleType):
    """A stand-in whose functions and classes import the real module when they are called."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("__"):
            raise AttributeError(name)

        def call(*args: Any, **kwargs: Any) -> Any:
            return getattr(importlib.import_module(self.__name__), name)(*args, **kwargs)

        return call
