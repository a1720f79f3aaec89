"""An open assessment: what is on disk, what is being typed, what it comes to, who is told.

Forms never touch a file. They hand edits to the desk, which hands them to the store, and they are
told when the result has changed, whoever changed it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

from calib import yamlfile
from calib.model import Assessment, CaseStudy, Catalog, ControlResponse, EvidenceFile, Header, PlanFile, Result
from calib.model.noun import Noun
from calib.plan import Plan, make_plan
from calib.problems import BadInput, CannotWrite, Problem
from calib.scoring import assess
from calib.store import Answer, Conflict, Kept, Store, load_assessment
from calib.store.place import Place, Unreachable, concrete, drop, get, put, settle

Listener = Callable[[], None]

_KINDS: dict[str, type[Noun]] = {
    "controls": ControlResponse, "case_studies": CaseStudy, "assessment.yaml": Header,
    "evidence.yaml": EvidenceFile, "plan.yaml": PlanFile,
}  # fmt: skip


class Desk:
    """Hold one open assessment for the forms of a notebook."""

    def __init__(
        self, folder: Path, catalog: Catalog, today: date, author: str, *, read_only: bool = False
    ) -> None:
        self.folder = folder
        self.catalog = catalog
        self.today = today
        self.read_only = read_only
        self.problems: tuple[Problem, ...] = ()
        self.note = ("This is an example: try things, nothing is saved.", "info") if read_only else ("", "")
        self._drafts: dict[tuple[str, Place], Any] = {}
        self._listeners: list[Listener] = []
        self._raw: dict[str, Any] = {}
        self._saved = self._live = load_assessment(folder, catalog)
        self._result: Result | None = None
        self.store = None if read_only else Store.open(folder, author)

    @property
    def assessment(self) -> Assessment:
        """Return the assessment with what is being typed."""
        return self._live

    @property
    def result(self) -> Result:
        """Return what the assessment comes to, with what is being typed."""
        if self._result is None:
            self._result = assess(self.catalog, self._live, self.today)
        return self._result

    @property
    def plan(self) -> Plan:
        """Return the improvement plan."""
        return make_plan(self.result, self._live.plan)

    def listen(self, listener: Listener) -> None:
        """Tell somebody of every change."""
        self._listeners.append(listener)

    def tell(self) -> None:
        """Tell everybody that something has changed."""
        for listener in self._listeners:
            listener()

    def value(self, file: str, place: Place) -> Any:
        """Return what a field holds on disk, None where nothing stands there."""
        return get(self._file(file), place)

    def draft(self, file: str, place: Place, value: Any) -> None:
        """Take what is being typed into the picture; nothing is saved yet."""
        self._drafts[file, place] = value
        self._overlay()
        self.tell()

    def save(self, file: str, place: Place, seen: Any, new: Any) -> Answer | None:
        """Save one field; the note says when it was saved, or why it was not.

        None where there is nothing to save to (an example) or nothing could be written.
        """
        self._drafts[file, place] = new
        if self.store is None:
            self._overlay()
            self.tell()
            return None
        try:
            answer = self.store.set(file, place, seen, new)
        except (BadInput, CannotWrite) as error:
            self.note = (f"Not saved: {_one_line(error)}", "bad")
            self._overlay()
            self.tell()
            return None
        self.took(answer)
        return answer

    def took(self, answer: Answer | None) -> None:
        """Show what became of an edit, and read again what it changed."""
        if isinstance(answer, Conflict):
            self.note = (f"{answer.set_aside_by} and {answer.in_file_by} changed the same field.", "warn")
            self._drafts.pop((answer.file, answer.place), None)
        elif isinstance(answer, Kept):
            self.note = (f"Kept in the journal, not yet in the file: {answer.reason}", "warn")
        elif answer is not None:
            self.note = (f"Saved {answer.at:%H:%M:%S}", "good")
            self._drafts.pop((answer.entry.file, answer.entry.place), None)
        self.read()

    def read(self) -> None:
        """Read the folder again; a folder that cannot be read leaves the last picture."""
        self._raw.clear()
        try:
            self._saved = load_assessment(self.folder, self.catalog)
            self.problems = ()
        except BadInput as error:
            self.problems = error.problems
        self._overlay()
        self.tell()

    def look(self) -> bool:
        """Notice what others changed on disk; True where there was anything."""
        if self.store is None or not self.store.changes():
            return False
        self.read()
        return True

    def undo(self) -> None:
        """Take back the last edit."""
        self._again(lambda store: store.undo(), "There is nothing to undo.")

    def redo(self) -> None:
        """Do again what was taken back last."""
        self._again(lambda store: store.redo(), "There is nothing to redo.")

    def _again(self, act: Callable[[Store], Answer | None], nothing: str) -> None:
        if self.store is None:
            return
        try:
            answer = act(self.store)
        except (BadInput, CannotWrite) as error:
            self.note = (f"Not done: {_one_line(error)}", "bad")
            self.tell()
            return
        if answer is None:
            self.note = (nothing, "info")
            self.tell()
        else:
            self.took(answer)

    def conflicts(self) -> tuple[Conflict, ...]:
        """List the conflicts that nobody has settled yet."""
        if self.store is None:
            return ()
        with suppress(BadInput):
            return self.store.conflicts()
        return ()

    # --- the picture with what is being typed ---

    def _file(self, name: str) -> Any:
        if name not in self._raw:
            document = yamlfile.read(self.folder / name, name)
            self._raw[name] = document.value if isinstance(document.value, dict) else {}
        return self._raw[name]

    def _overlay(self) -> None:
        """Lay the drafts over what is on disk; one that makes no sense yet is left out."""
        self._result = None
        self._live = self._saved
        changed: dict[str, Any] = {}
        for (file, place), value in self._drafts.items():
            with suppress(Unreachable, KeyError, IndexError, TypeError):
                changed[file] = _placed(changed.get(file, self._file(file)), place, value)
        for file, content in changed.items():
            with suppress(ValueError):
                self._live = _with(self._live, file, content)


def _placed(content: Any, place: Place, value: Any) -> Any:
    if value is None:
        where = concrete(content, place)
        return content if where is None else drop(content, where)
    where, node = settle(content, place, value)
    return put(content, where, node)


def _with(assessment: Assessment, file: str, content: Any) -> Assessment:
    """Return the assessment with one file's content replaced; raises ValueError."""
    folder, _, name = file.partition("/")
    kind = _KINDS[folder]
    if kind is ControlResponse:
        response = ControlResponse.model_validate(content)
        rest = tuple(r for r in assessment.responses if r.control != response.control)
        return assessment.model_copy(update={"responses": (*rest, response)})
    if kind is CaseStudy:
        slug = name.removesuffix(".yaml")
        study = CaseStudy.model_validate({**content, "slug": slug})
        rest_of = tuple(s for s in assessment.case_studies if s.slug != slug)
        return assessment.model_copy(update={"case_studies": (*rest_of, study)})
    if kind is Header:
        return assessment.model_copy(update={"header": Header.model_validate(content)})
    if kind is EvidenceFile:
        found = EvidenceFile.model_validate(content).evidence
        return assessment.model_copy(update={"evidence": found})
    return assessment.model_copy(update={"plan": PlanFile.model_validate(content).actions})


def _one_line(error: Exception) -> str:
    if isinstance(error, BadInput):
        return "; ".join(str(p) for p in error.problems)
    return str(error)
