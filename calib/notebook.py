"""What the notebooks call: open an assessment and show one of its forms.

This is an edge: it asks the clock, the user's name and the environment, so that nothing below has
to.
"""

from __future__ import annotations

import getpass
import json
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from calib.ballots.files import load_ballots
from calib.ballots.workshop_file import load_workshop
from calib.catalog.load import load_catalog
from calib.errors import BadInput
from calib.forms import Desk, Form
from calib.forms.kernel_session import attend, retire
from calib.render import sections
from calib.render.document import Section, paragraph
from calib.report.progress import somebody_is_there
from calib.store.locate import find_assessment

Sectioner = Callable[[Desk], Sequence[Section]]
Switch = Callable[[Path], None]


def open_start(assessment: str = "", report_date: str = "") -> Form:
    """Show where everything stands, and open or make an assessment."""

    def build(desk: Desk, switch: Switch) -> Any:
        from calib.forms import start  # noqa: PLC0415  ipywidgets only where somebody looks

        return start.build_start(desk, switch)

    return _form("Where everything stands", _opener(assessment, report_date), build, _overview)


def open_case_studies(assessment: str = "", report_date: str = "") -> Form:
    """Show the form of the customer examples."""

    def build(desk: Desk, _: Switch) -> Any:
        from calib.forms import case_studies  # noqa: PLC0415

        return case_studies.build_studies(desk)

    def show(desk: Desk) -> list[Section]:
        return [sections.case_studies(desk.result, desk.catalog, sections.Brand())]

    return _form("Case studies", _opener(assessment, report_date), build, show)


def open_control(control: str, assessment: str = "", report_date: str = "") -> Form:
    """Show the form of one control; raises KeyError where the catalog has none of that id."""
    found = load_catalog().control(control)

    def build(desk: Desk, _: Switch) -> Any:
        from calib.forms import control as form  # noqa: PLC0415

        return form.build_control(desk, found)

    def show(desk: Desk) -> list[Section]:
        return [sections.control(desk.result, found)]

    return _form(found.title, _opener(assessment, report_date), build, show)


def open_plan(assessment: str = "", report_date: str = "") -> Form:
    """Show the form of the improvement plan."""

    def build(desk: Desk, _: Switch) -> Any:
        from calib.forms import plan  # noqa: PLC0415

        return plan.build_plan(desk)

    def show(desk: Desk) -> list[Section]:
        return [sections.improvement_plan(desk.result, desk.plan)]

    return _form("Improvement plan", _opener(assessment, report_date), build, show)


def open_workshop(assessment: str = "", report_date: str = "") -> Form:
    """Show the facilitator's form of the workshop."""

    def build(desk: Desk, _: Switch) -> Any:
        from calib.forms import workshop as form  # noqa: PLC0415

        meeting = form.Meeting(desk, lambda: datetime.now(UTC).astimezone(), _room(form.Room))
        desk.watchers.append(meeting.tick)
        return form.build_workshop(desk, meeting, _write_minutes)

    def show(desk: Desk) -> list[Section]:
        ballots = load_ballots(desk.folder, desk.catalog)
        record = load_workshop(desk.folder, desk.catalog)
        held = sections.workshop(desk.result, ballots, record, desk.catalog)
        return [held or _NO_WORKSHOP]

    return _form("Workshop", _opener(assessment, report_date), build, show)


_NO_WORKSHOP = Section(
    "workshop",
    "Workshop",
    (paragraph("No ballot was revealed yet. Open this notebook in JupyterLab to hold one."),),
)


def _write_minutes(folder: Path) -> list[Path]:
    """Write the minutes of a workshop beside its assessment; raises BadInput, CannotWrite."""
    from calib.report.minutes import write_minutes  # noqa: PLC0415  only where they are asked for

    today = date.today().isoformat()  # noqa: DTZ011
    found, _ = write_minutes({"assessment": str(folder), "report_date": today}, folder / "exports")
    return list(found.values())


def _room(make: Callable[..., Any]) -> Any:
    """Read where the room votes, as `calib open --workshop` told its notebooks."""
    with suppress(ValueError, TypeError):
        return make(**json.loads(os.environ.get(ROOM, "{}")))
    return make()


def _overview(desk: Desk) -> list[Section]:
    brand = sections.Brand()
    summary = sections.summary(desk.result, desk.catalog, desk.plan, brand)
    return [sections.cover(desk.result, brand), summary]


def _form(
    title: str, opened: Callable[[], Desk], build: Callable[[Desk, Switch], Any], show: Sectioner
) -> Form:
    """Make the form; opening another folder builds it anew in the same place."""
    live = somebody_is_there()
    if not live:
        desk = opened()
        return Form(title, lambda: None, lambda: show(desk), live=False)

    def begin() -> Any:
        from calib.forms import widgets  # noqa: PLC0415

        box = widgets.stack()

        def fill(desk: Desk) -> None:
            retire(title)
            shown = build(desk, switch)
            box.children = (shown,)
            attend(title, desk, shown)

        def first() -> None:
            retire(title)
            try:
                fill(opened())
            except BadInput as error:
                box.children = (widgets.troubled(error.problems, first),)

        def switch(folder: Path) -> None:
            new = _open(folder, date.today(), read_only=_is_example(folder))  # noqa: DTZ011
            remember(folder)
            fill(new)

        first()
        return box

    return Form(title, begin, list, live=True)


def _opener(assessment: str, report_date: str) -> Callable[[], Desk]:
    def opened() -> Desk:
        folder = find_assessment(assessment or chosen())
        today = date.fromisoformat(report_date) if report_date else date.today()  # noqa: DTZ011
        return _open(folder, today, read_only=_is_example(folder) or not somebody_is_there())

    return opened


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


ROOM = "CALIB_ROOM"
"""Holds where the room votes, as JSON: address, screen, cards."""

POINTER = "CALIB_POINTER"
"""Names the file in which `calib open` and its notebooks note what is open in that workbook."""


def _pointers() -> list[Path]:
    """List where it is noted what is open: in this workbook, and of all that were opened last."""
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    own = os.environ.get(POINTER)
    return [*([Path(own)] if own else []), Path(base) / "calib" / "assessment"]


def chosen() -> str:
    """Return the assessment that was opened last; the halfway example where none was."""
    if named := os.environ.get("CALIB_ASSESSMENT"):
        return named
    for pointer in _pointers():
        with suppress(OSError, UnicodeDecodeError):
            folder = pointer.read_text(encoding="utf-8").strip()
            if folder and (Path(folder) / "assessment.yaml").is_file():
                return folder
    return "example:halfway"


def remember(folder: Path) -> None:
    """Let the other notebooks open the same assessment."""
    os.environ.pop("CALIB_ASSESSMENT", None)
    for pointer in _pointers():
        with suppress(OSError):
            pointer.parent.mkdir(parents=True, exist_ok=True)
            pointer.write_text(str(folder.resolve()), encoding="utf-8")


__all__ = [
    "POINTER",
    "ROOM",
    "chosen",
    "open_case_studies",
    "open_control",
    "open_plan",
    "open_start",
    "open_workshop",
    "remember",
]
