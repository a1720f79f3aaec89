"""A progress bar in notebooks, shown only to a live front end and removed at the end."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

_REFRESH_SECONDS = 0.2


def has_live_front_end() -> bool:
    """Return whether a browser shows this notebook, in JupyterLab or in the app.

    papermill, nbval and nbconvert run cells without support for prompts; front ends have it.
    """
    from IPython import get_ipython

    kernel = getattr(get_ipython(), "kernel", None)
    if kernel is None:
        return False
    served = os.environ.get("SERVER_SOFTWARE", "").startswith("voila")
    return served or bool(getattr(kernel, "_allow_stdin", False))


@contextmanager
def progress(what: str) -> Iterator[Callable[[int], Callable[[], None]]]:
    """Show a progress bar; does nothing without a live front end.

    Yields a function that takes the total and returns a function to call after each step.
    """
    if not has_live_front_end():
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
        if time.monotonic() - shown > _REFRESH_SECONDS:
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
