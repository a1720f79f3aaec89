"""What the notebooks call: open an assessment and show one of its forms.

This is an edge: it asks the clock, the user's name and the environment, so that nothing below has
to.
"""

from __future__ import annotations

import asyncio
import getpass
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

from calib.catalog import load_catalog
from calib.problems import BadInput
from calib.store import find_assessment
from calib.views import sections
from calib.views.blocks import Section
from calib.views.forms import Desk, Form

_LOOK_EVERY = 2.0  # seconds between two looks for what others changed on disk

Sectioner = Callable[[Desk], Sequence[Section]]


def open_start(assessment: str = "", report_date: str = "") -> Form:
    """Show where everything stands, and open or make an assessment."""
    from calib.views.forms import start  # noqa: PLC0415  ipywidgets only where somebody looks

    desk = _desk(assessment, report_date)
    return _form("Where everything stands", desk, lambda d, s: start.build_start(d, s), _overview)


def open_case_studies(assessment: str = "", report_date: str = "") -> Form:
    """Show the form of the customer examples."""
    from calib.views.forms import studies  # noqa: PLC0415

    return _form(
        "Case studies", _desk(assessment, report_date), lambda d, _: studies.build_studies(d),
        lambda d: [sections.case_studies(d.result, d.catalog, sections.Brand())],
    )  # fmt: skip


def open_control(control: str, assessment: str = "", report_date: str = "") -> Form:
    """Show the form of one control; raises KeyError where the catalog has none of that id."""
    from calib.views.forms import control as form  # noqa: PLC0415

    desk = _desk(assessment, report_date)
    found = desk.catalog.control(control)
    return _form(
        found.title, desk, lambda d, _: form.build_control(d, found),
        lambda d: [sections.control(d.result, found)],
    )  # fmt: skip


def open_plan(assessment: str = "", report_date: str = "") -> Form:
    """Show the form of the improvement plan."""
    from calib.views.forms import plan  # noqa: PLC0415

    return _form(
        "Improvement plan", _desk(assessment, report_date), lambda d, _: plan.build_plan(d),
        lambda d: [sections.improvement_plan(d.result, d.plan)],
    )  # fmt: skip


def _overview(desk: Desk) -> list[Section]:
    brand = sections.Brand()
    summary = sections.summary(desk.result, desk.catalog, desk.plan, brand)
    return [sections.cover(desk.result, brand), summary]


def _form(
    title: str, desk: Desk, build: Callable[[Desk, Callable[[Path], None]], Any], show: Sectioner
) -> Form:
    """Make the form; opening another folder builds it anew in the same place."""

    def live() -> Any:
        from calib.views.forms import parts  # noqa: PLC0415

        box = parts.stack()

        def fill(on: Desk) -> None:
            box.children = (build(on, switch),)
            _look_now_and_then(on)

        def switch(folder: Path) -> None:
            new = _open(folder, date.today(), read_only=_is_example(folder))  # noqa: DTZ011
            remember(folder)
            fill(new)

        fill(desk)
        return box

    return Form(title, live, lambda: show(desk), somebody_is_there())


def _look_now_and_then(desk: Desk) -> None:
    """Notice what an editor, a pull or a sync program changed."""

    async def look() -> None:
        while True:
            await asyncio.sleep(_LOOK_EVERY)
            with suppress(OSError, BadInput):
                desk.look()

    with suppress(RuntimeError):
        task = asyncio.get_running_loop().create_task(look())
        desk.listen(lambda: task and None)  # the desk keeps the task alive


def somebody_is_there() -> bool:
    """Say whether a person looks at this notebook, in JupyterLab or in the app.

    papermill, nbval and nbconvert run cells without anybody who could answer a prompt.
    """
    from IPython import get_ipython  # noqa: PLC0415

    kernel = getattr(get_ipython(), "kernel", None)
    if kernel is None:
        return False
    served = os.environ.get("SERVER_SOFTWARE", "").startswith("voila")
    return served or bool(getattr(kernel, "_allow_stdin", False))


def _desk(assessment: str, report_date: str) -> Desk:
    folder = find_assessment(assessment or chosen())
    today = date.fromisoformat(report_date) if report_date else date.today()  # noqa: DTZ011
    return _open(folder, today, read_only=_is_example(folder) or not somebody_is_there())


def _open(folder: Path, today: date, *, read_only: bool) -> Desk:
    return Desk(folder, load_catalog(), today, _author(), read_only=read_only)


def _is_example(folder: Path) -> bool:
    """Say whether a folder is one of the shipped examples, which stay as they are."""
    examples = find_assessment("example:halfway").parent
    return folder.resolve().is_relative_to(examples.resolve())


def _author() -> str:
    try:
        return os.environ.get("CALIB_AUTHOR") or getpass.getuser()
    except (KeyError, OSError):
        return "somebody"


# --- which assessment is open ---


def _pointer() -> Path:
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(base) / "calib" / "assessment"


def chosen() -> str:
    """Return the assessment that was opened last; the halfway example where none was."""
    if named := os.environ.get("CALIB_ASSESSMENT"):
        return named
    with suppress(OSError, UnicodeDecodeError):
        folder = _pointer().read_text(encoding="utf-8").strip()
        if folder and (Path(folder) / "assessment.yaml").is_file():
            return folder
    return "example:halfway"


def remember(folder: Path) -> None:
    """Let the other notebooks open the same assessment."""
    os.environ.pop("CALIB_ASSESSMENT", None)
    with suppress(OSError):
        _pointer().parent.mkdir(parents=True, exist_ok=True)
        _pointer().write_text(str(folder.resolve()), encoding="utf-8")


__all__ = ["chosen", "open_case_studies", "open_control", "open_plan", "open_start", "remember"]

