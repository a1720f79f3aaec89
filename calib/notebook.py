"""The functions that the notebooks call: open an assessment and show one of its forms.

This module reads the clock, the user's name and the environment. The forms get them as arguments.
ipywidgets is imported only when a form is built, because a scripted run does not need it.
"""

from __future__ import annotations

import getpass
import json
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path

from calib.ballots.files import load_ballots
from calib.ballots.workshop_file import load_workshop
from calib.catalog.load import load_catalog
from calib.errors import BadInput
from calib.forms import Form, FormController
from calib.forms.form import Displayable
from calib.forms.kernel_session import close_form, track_form
from calib.render import sections
from calib.render.document import Section, paragraph
from calib.report.progress import has_live_front_end
from calib.store.locate import find_assessment

Load = Callable[[], FormController]
Switch = Callable[[Path], None]
Build = Callable[[FormController, Switch], Displayable]
Show = Callable[[FormController], Sequence[Section]]

VOTING_URLS_VARIABLE = "CALIB_ROOM"
"""The environment variable with the voting server's addresses: JSON of address, screen, cards."""

POINTER_VARIABLE = "CALIB_POINTER"
"""The environment variable with the file in which one `calib open` stores the open assessment."""


def open_start(assessment: str = "", report_date: str = "") -> Form:
    """Show the overview of an assessment, and open or create another one."""

    def build(controller: FormController, switch: Switch) -> Displayable:
        from calib.forms import start  # noqa: PLC0415  imports ipywidgets

        return start.build_start(controller, switch)

    def show(controller: FormController) -> list[Section]:
        brand = sections.Brand()
        summary = sections.summary(controller.result, controller.catalog, controller.plan, brand)
        return [sections.cover(controller.result, brand), summary]

    return _form("Overview", _loader(assessment, report_date), build, show)


def open_case_studies(assessment: str = "", report_date: str = "") -> Form:
    """Show the form of the case studies."""

    def build(controller: FormController, _: Switch) -> Displayable:
        from calib.forms import case_studies  # noqa: PLC0415  imports ipywidgets

        return case_studies.build_studies(controller)

    def show(controller: FormController) -> list[Section]:
        return [sections.case_studies(controller.result, controller.catalog, sections.Brand())]

    return _form("Case studies", _loader(assessment, report_date), build, show)


def open_control(control: str, assessment: str = "", report_date: str = "") -> Form:
    """Show the form of one control; raise KeyError if the catalog has no control with that id."""
    found = load_catalog().control(control)

    def build(controller: FormController, _: Switch) -> Displayable:
        from calib.forms import control as control_form  # noqa: PLC0415  imports ipywidgets

        return control_form.build_control(controller, found)

    def show(controller: FormController) -> list[Section]:
        return [sections.control(controller.result, found)]

    return _form(found.title, _loader(assessment, report_date), build, show)


def open_plan(assessment: str = "", report_date: str = "") -> Form:
    """Show the form of the improvement plan."""

    def build(controller: FormController, _: Switch) -> Displayable:
        from calib.forms import plan  # noqa: PLC0415  imports ipywidgets

        return plan.build_plan(controller)

    def show(controller: FormController) -> list[Section]:
        return [sections.improvement_plan(controller.result, controller.plan)]

    return _form("Improvement plan", _loader(assessment, report_date), build, show)


def open_workshop(assessment: str = "", report_date: str = "") -> Form:
    """Show the facilitator's form of a workshop."""

    def build(controller: FormController, _: Switch) -> Displayable:
        from calib.forms import workshop as workshop_form  # noqa: PLC0415  imports ipywidgets

        urls = workshop_form.VotingUrls(**_voting_urls())
        workshop = workshop_form.WorkshopActions(controller, _local_time, urls)
        controller.pollers.append(workshop.tick)
        return workshop_form.build_workshop(controller, workshop, _write_minutes)

    def show(controller: FormController) -> list[Section]:
        ballots = load_ballots(controller.folder, controller.catalog)
        record = load_workshop(controller.folder, controller.catalog)
        section = sections.workshop(controller.result, ballots, record, controller.catalog)
        return [section or _NO_WORKSHOP]

    return _form("Workshop", _loader(assessment, report_date), build, show)


_NO_WORKSHOP = Section(
    "workshop",
    "Workshop",
    (paragraph("No votes are revealed yet. Open this notebook in JupyterLab to run a workshop."),),
)


def _local_time() -> datetime:
    return datetime.now(UTC).astimezone()


def _write_minutes(folder: Path) -> list[Path]:
    """Write the minutes of a workshop into exports/; raises BadInput, CannotWrite."""
    from calib.report.minutes import write_minutes  # noqa: PLC0415  imports the report engine

    today = _today().isoformat()
    found, _ = write_minutes({"assessment": str(folder), "report_date": today}, folder / "exports")
    return list(found.values())


def _voting_urls() -> dict[str, str]:
    """Return the addresses that `calib open --workshop` passes on; none without a server."""
    with suppress(ValueError):
        urls = json.loads(os.environ.get(VOTING_URLS_VARIABLE, "{}"))
        if isinstance(urls, dict):
            return {key: str(urls[key]) for key in ("address", "screen", "cards") if key in urls}
    return {}


# --- building a form ---


def _form(title: str, load: Load, build: Build, show: Show) -> Form:
    """Create a form: widgets in a live notebook, report sections in a scripted run."""
    if has_live_front_end():
        return Form(title, lambda: _build_live(title, load, build), list, live=True)
    # Loaded here, so that papermill reports a broken folder as an error of this cell.
    controller = load()
    return Form(title, lambda: None, lambda: show(controller), live=False)


def _build_live(title: str, load: Load, build: Build) -> Displayable:
    """Build the widgets; opening another assessment replaces them in the same place."""
    from calib.forms import toolbar, widgets  # noqa: PLC0415  imports ipywidgets

    box = widgets.stack()

    def fill(controller: FormController) -> None:
        close_form(title)
        content = build(controller, switch)
        box.children = (content,)
        track_form(title, controller, content)

    def load_and_fill() -> None:
        close_form(title)
        try:
            fill(load())
        except BadInput as error:
            box.children = (toolbar.load_error_form(error.problems, load_and_fill),)

    def switch(folder: Path) -> None:
        controller = _open(folder, _today(), read_only=_is_example(folder))
        remember_assessment(folder)
        fill(controller)

    load_and_fill()
    form: Displayable = box
    return form


def _loader(assessment: str, report_date: str) -> Load:
    """Return a function that opens the assessment which a notebook's parameters name."""

    def load() -> FormController:
        folder = find_assessment(assessment or selected_assessment())
        today = date.fromisoformat(report_date) if report_date else _today()
        return _open(folder, today, read_only=_is_example(folder) or not has_live_front_end())

    return load


def _open(folder: Path, today: date, *, read_only: bool) -> FormController:
    return FormController(folder, load_catalog(), today, _author(), read_only=read_only)


def _today() -> date:
    return date.today()  # noqa: DTZ011  the day where the user is


def _is_example(folder: Path) -> bool:
    """Return whether a folder is one of the shipped examples, which must not change."""
    examples = find_assessment("example:halfway").parent
    return folder.resolve().is_relative_to(examples.resolve())


def _author() -> str:
    """Return the name that edits are logged under."""
    try:
        return os.environ.get("CALIB_AUTHOR") or getpass.getuser()
    except (KeyError, OSError):  # a container may run under a user id without a name
        return "unknown"


# --- the open assessment, shared by all notebooks ---


def selected_assessment() -> str:
    """Return the assessment that was opened last; the halfway example if there is none."""
    if named := os.environ.get("CALIB_ASSESSMENT"):
        return named
    for pointer in _pointer_files():
        with suppress(OSError, UnicodeDecodeError):
            folder = pointer.read_text(encoding="utf-8").strip()
            if folder and (Path(folder) / "assessment.yaml").is_file():
                return folder
    return "example:halfway"


def remember_assessment(folder: Path) -> None:
    """Store which assessment the other notebooks open."""
    # The choice made in a form replaces the one that the kernel was started with.
    os.environ.pop("CALIB_ASSESSMENT", None)
    for pointer in _pointer_files():
        with suppress(OSError):
            pointer.parent.mkdir(parents=True, exist_ok=True)
            pointer.write_text(str(folder.resolve()), encoding="utf-8")


def _pointer_files() -> list[Path]:
    """Return the files that store the open assessment.

    The file of this `calib open` comes first, so that two of them can have different assessments
    open. The file in the user's state folder is the default of the next one.
    """
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    own = os.environ.get(POINTER_VARIABLE)
    return [*([Path(own)] if own else []), Path(base) / "calib" / "assessment"]


__all__ = [
    "POINTER_VARIABLE",
    "VOTING_URLS_VARIABLE",
    "open_case_studies",
    "open_control",
    "open_plan",
    "open_start",
    "open_workshop",
    "remember_assessment",
    "selected_assessment",
]
