"""Save people's marks on sentences, and the small form that asks for one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any

import ipywidgets as w

from calib.files.strict_yaml import FieldPath
from calib.forms import widgets
from calib.forms.controller import FormController
from calib.model import MarkResult, PointMark
from calib.render.escape import escape
from calib.render.points import PointLine, shorten
from calib.review.marks import sentence_spans
from calib.scoring.marks import is_same_person

_LABEL_LENGTH = 110


class MarkAction(StrEnum):
    """What a person can do with a point; the values are the labels of the buttons."""

    SHOWS = "This shows it"
    REJECTS = "Does not show it"
    CONFIRM = "Confirm"


class MarkStore:
    """Read and save the marks of one criterion."""

    def __init__(self, controller: FormController, control: str, criterion: str, file: str) -> None:
        self.controller, self.control, self.criterion = controller, control, criterion
        self.file = file
        self.path: FieldPath = ("criteria", criterion, "marks")

    def marks(self) -> tuple[PointMark, ...]:
        """Return the marks, including those of an example, which is never saved."""
        return self.controller.assessment.response(self.control).answer(self.criterion).marks

    def add(self, mark: PointMark) -> bool:
        """Add a mark; return whether it was saved, kept, or shown as part of an example."""
        return self._save((*self.marks(), mark))

    def replace(self, old: PointMark, new: PointMark) -> bool:
        """Replace a mark; return whether it was saved."""
        return self._save([new if mark == old else mark for mark in self.marks()])

    def remove(self, gone: Sequence[PointMark]) -> bool:
        """Remove marks; return whether this was saved."""
        return self._save([mark for mark in self.marks() if mark not in gone])

    def sentence(self, line: PointLine) -> str:
        """Return the sentence behind a point as written, since a redacted one is not found."""
        span = line.point.span
        narrative = self.controller.assessment.response(self.control).narrative
        return " ".join(narrative[span.start : span.end].split()) if span else ""

    def sentences(self) -> tuple[tuple[str, str], ...]:
        """Return the sentences that a mark can point at, each with its label."""
        response = self.controller.assessment.response(self.control)
        answer = response.answer(self.criterion).answer
        return tuple(
            (f"{source} {number}: {shorten(sentence, _LABEL_LENGTH)}", sentence)
            for source, text in (("Narrative", response.narrative), ("Answer", answer))
            for number, sentence in enumerate(_sentences(text), start=1)
        )

    def _save(self, marks: Sequence[PointMark]) -> bool:
        # Text that is still being typed is saved first: a mark may quote it.
        self.controller.flush()
        seen = self.controller.read_field(self.file, self.path)
        new: list[dict[str, Any]] | None = [m.model_dump(exclude_defaults=True) for m in marks]
        answer = self.controller.save_field(self.file, self.path, seen, new or None)
        return answer is not None or self.controller.read_only


def build_mark_editor(
    store: MarkStore, line: PointLine, action: MarkAction, close: Callable[[], None]
) -> w.VBox:
    """Build the fields for a mark on a point: sentence, name and reason.

    `close` is called once the mark is saved, or when the person gives up.
    """
    waiting = [m for m in line.marks if m.is_waiting]
    sentence = w.Dropdown(
        options=_options(store, line, action, waiting), layout=w.Layout(width="100%")
    )
    name, reason = widgets.text_field(), widgets.text_field()

    def save() -> None:
        by, why = " ".join(name.value.split()), reason.value.strip()
        if not (by and why and sentence.value):
            store.controller.show_status(
                "Choose a sentence, and enter your name and reason.", "bad"
            )
        elif action is MarkAction.CONFIRM:
            mark = next(m.mark for m in waiting if m.mark.quote == sentence.value)
            if is_same_person(mark.by, by):
                message = f"{mark.by} made this mark; another person has to confirm it."
                store.controller.show_status(message, "bad")
                return
            changes = {"confirmed_by": by, "confirm_reason": why}
            if store.replace(mark, mark.model_copy(update=changes)):
                close()
        else:
            shows = action is MarkAction.SHOWS
            point, quote = line.point.point, sentence.value
            if store.add(PointMark(point=point, quote=quote, shows=shows, by=by, reason=why)):
                close()

    return widgets.stack(
        widgets.html(f"<p><strong>{escape(f'{action}: {line.point.title}')}</strong></p>"),
        widgets.labelled_field("Sentence", sentence),
        widgets.row(
            widgets.labelled_field("Your name", name),
            widgets.labelled_field("Your reason", reason),
            kind="calib-thirds",
        ),
        widgets.row(
            widgets.button("Save mark", save, primary=True, reads_fields=True),
            widgets.button("Cancel", close),
        ),
        kind="calib-mark",
    )


def _options(
    store: MarkStore, line: PointLine, action: MarkAction, waiting: Sequence[MarkResult]
) -> list[tuple[str, str]]:
    if action is MarkAction.SHOWS:
        # No sentence is preselected: the first one is rarely the right one.
        return [("Choose a sentence", ""), *store.sentences()]
    quotes = [m.mark.quote for m in waiting]
    if action is MarkAction.REJECTS and line.quote:
        quotes.insert(0, store.sentence(line))
    return [(shorten(quote, _LABEL_LENGTH), quote) for quote in dict.fromkeys(quotes)]


def _sentences(text: str) -> list[str]:
    found = (" ".join(text[s.start : s.end].split()) for s in sentence_spans(text))
    return list(dict.fromkeys(found))
