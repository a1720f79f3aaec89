"""How far a notebook has come, for the person who waits; no trace of it stays."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

_EVERY = 0.2  # seconds between two looks of a person


def somebody_is_there() -> bool:
    """Say whether a person looks at this notebook, in JupyterLab or in the app.

    papermill, nbval and nbconvert run cells without anybody who could answer a prompt.
    """
    from IPython import get_ipython

    kernel = getattr(get_ipython(), "kernel", None)
    if kernel is None:
        return False
    served = os.environ.get("SERVER_SOFTWARE", "").startswith("voila")
    return served or bool(getattr(kernel, "_allow_stdin", False))


@contextmanager
def progress(what: str) -> Iterator[Callable[[int], Callable[[], None]]]:
    """Show a bar while something is counted: call what comes with the total, then that each time.

    Nothing is shown where nobody looks.
    """
    if not somebody_is_there():
        yield lambda _: lambda: None
        return
    from IPython.display import HTML, display

    handle: Any = display(HTML(""), display_id=True)
    try:
        yield lambda total: _steps(lambda done: handle.update(HTML(_bar(what, done, total))))
    finally:
        handle.update(HTML(""))


def _steps(show: Callable[[int], None]) -> Callable[[], None]:
    done, shown = 0, time.monotonic()
    show(done)

    def step() -> None:
        nonlocal done, shown
        done += 1
        if time.monotonic() - shown > _EVERY:
            shown = time.monotonic()
            show(done)

    return step


def _bar(what: str, done: int, total: int) -> str:
    label = f"{what} {done:,} of {total:,}"
    return (
        f'<p role="status">{label}</p>'
        f'<progress max="{total}" value="{done}" aria-label="{what}" style="width:100%">{label}'
        "</progress>"
    )
