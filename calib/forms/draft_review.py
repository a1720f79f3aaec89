"""Review the answer to a criterion as a draft: which points does it show that the text lacks?"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import ipywidgets as w

from calib.forms import widgets
from calib.forms.controller import FormController
from calib.model import Control, Criterion, CriterionReview, PointReview, PointState
from calib.render.escape import escape
from calib.review import review
from calib.scoring.assess import known_names
from calib.scoring.marks import find_quotes
from calib.text import listed, plural


def build_draft_review(
    controller: FormController,
    control: Control,
    criterion: Criterion,
    append: Callable[[Sequence[str]], None],
) -> w.VBox:
    """Show which points the answer shows that the narrative does not, with a button to add them.

    `append` adds paragraphs to the narrative and saves it.
    """
    draft = _DraftReview(controller, control, criterion)

    def add() -> None:
        controller.flush()
        texts = draft.texts_to_add()
        if texts:
            append(texts)
        else:
            message = "The narrative has these sentences already; reword them so that they count."
            controller.show_status(message, "info")

    button = widgets.button(
        "Add to narrative",
        add,
        "Append the sentences of the answer that show these points to the narrative",
        reads_fields=True,
    )

    def refresh() -> None:
        widgets.show_if(button, visible=bool(draft.new_points()))

    controller.subscribe(refresh)
    refresh()
    return widgets.stack(widgets.panel(controller, draft.message), button)


def describe_draft(shown: Sequence[str], new: Sequence[str]) -> str:
    """Describe the points that an answer shows, and those of them that the narrative lacks."""
    if not shown:
        return "Your answer shows no point yet."
    text = f"Your answer shows {plural(len(shown), 'point')}; "
    if not new:
        return text + f"the narrative shows {'it' if len(shown) == 1 else 'all of them'} too."
    if len(new) < len(shown):
        text += f"{len(new)} of them {'is' if len(new) == 1 else 'are'} not"
    else:
        text += "it is not" if len(shown) == 1 else "none is"
    return f"{text} in the narrative yet: {listed(new)}."


class _DraftReview:
    """Review the current answer to one criterion; an unchanged answer is not reviewed again."""

    def __init__(self, controller: FormController, control: Control, criterion: Criterion) -> None:
        self._controller, self._control, self._criterion = controller, control, criterion
        self._reviewed: tuple[str, tuple[PointReview, ...]] = ("", ())

    def new_points(self) -> list[PointReview]:
        """Return the points that the answer shows and the narrative does not."""
        criteria = self._controller.result.control(self._control.id).criteria
        found = next(c for c in criteria if c.criterion == self._criterion.id)
        in_narrative = {p.point for p in found.points if p.state is PointState.SHOWN}
        return [p for p in self._shown() if p.point not in in_narrative]

    def message(self) -> str:
        """Return what the answer shows, as HTML; nothing for an empty answer."""
        if not self._answer().strip() or not self._criterion.points:
            return ""
        shown, new = self._shown(), self.new_points()
        text = describe_draft([p.title for p in shown], [p.title for p in new])
        return f'<p class="draft">{escape(text)}</p>'

    def texts_to_add(self) -> list[str]:
        """Return the sentences that show the new points, or the answer if they need its context.

        Sentences that the narrative has already are left out.
        """
        answer, narrative = self._answer(), self._narrative()
        new = self.new_points()
        spans = sorted({(p.span.start, p.span.end) for p in new if p.span is not None})
        sentences = [" ".join(answer[start:end].split()) for start, end in spans]
        missing = [s for s in sentences if not find_quotes(narrative, s)]
        if not missing:
            return []
        selected = " ".join(missing)
        wanted = {p.point for p in new}
        is_enough = wanted <= self._review(f"{narrative}\n\n{selected}").shown
        return [selected if is_enough else answer.strip()]

    def _answer(self) -> str:
        response = self._controller.assessment.response(self._control.id)
        return response.answer(self._criterion.id).answer

    def _narrative(self) -> str:
        return self._controller.assessment.response(self._control.id).narrative

    def _shown(self) -> list[PointReview]:
        answer = self._answer()
        if answer != self._reviewed[0]:
            self._reviewed = answer, self._review(answer).points
        return [p for p in self._reviewed[1] if p.state is PointState.SHOWN]

    def _review(self, text: str) -> CriterionReview:
        names = known_names(self._controller.assessment)
        return review(self._control, text, names=names).criterion(self._criterion.id)
