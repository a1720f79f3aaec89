"""Deprecated name of `calib.notebook`, kept for one release for notebooks made before 0.2."""

from __future__ import annotations

import warnings

from calib import notebook
from calib.forms import kernel_session

# Names that have changed since: the old name, and where its object is now.
_RENAMED: dict[str, object] = {
    "ATTENDED": kernel_session.LIVE_FORMS,
    "POINTER": notebook.POINTER_VARIABLE,
    "ROOM": notebook.VOTING_URLS_VARIABLE,
    "attend": kernel_session.track_form,
    "chosen": notebook.selected_assessment,
    "remember": notebook.remember_assessment,
    "retire": kernel_session.close_form,
}


def __getattr__(name: str) -> object:
    value = _RENAMED[name] if name in _RENAMED else getattr(notebook, name)
    warnings.warn(
        "calib.workbook is deprecated; import calib.notebook instead",
        DeprecationWarning,
        stacklevel=2,
    )
    return value
