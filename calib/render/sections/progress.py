"""What has moved since the last milestone, and whether the answers are those that were signed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from calib.model import ControlResult, Milestone, Result
from calib.render.charts.labels import past_milestones
from calib.render.document import BulletList, Heading, Run, Runs, paragraph, text
from calib.render.palette import READINESS_WORDS
from calib.text import day, listed, plural

_SPOKEN = {str(k): word.lower() for k, word in READINESS_WORDS.items()}


def progress_blocks(result: Result) -> list[object]:
    """Say in words what has moved since the last milestone; nothing where there is none."""
    milestones = past_milestones(result)
    if not milestones:
        return []
    last = milestones[-1]
    blocks: list[object] = [
        Heading(f"Since “{last.name}”, {day(last.date)}"),
        paragraph(" ".join(_on_the_whole(result, last))),
    ]
    items = tuple(_moves(result, last))
    if items:
        blocks.append(BulletList(items))
    signed = [m for m in milestones if m.signed_by]
    if signed:
        blocks.append(_signed(result, signed[-1]))
    if len(milestones) > 1:
        names = listed(f"“{m.name}” ({day(m.date)})" for m in milestones)
        blocks.append(paragraph(f"Milestones so far: {names}.", style="muted"))
    return blocks


def _on_the_whole(result: Result, last: Milestone) -> Iterator[str]:
    if last.answers_hash and last.answers_hash == result.answers_hash:
        yield "No answer has changed."
    was, now = _SPOKEN.get(last.readiness, ""), _SPOKEN[result.readiness]
    if was:
        same = f"Readiness is {now}, as it was."
        yield same if was == now else f"Readiness was {was} and is {now} now."
    then = dict(last.gauges)
    known = [c for c in result.controls if c.control in then]
    up, down = (sum(sign * (c.gauge - then[c.control]) > 0.04 for c in known) for sign in (1, -1))
    if known:
        yield (
            f"The gauge rose in {up or 'none'} of {plural(len(known), 'control')} and fell in "
            f"{down or 'none'}."
        )
    if last.levels:
        held = [c.control for c in result.controls if c.gate and c.control not in last.gates]
        lost = [c.control for c in result.controls if not c.gate and c.control in last.gates]
        if held:
            yield f"New among the gates that hold: {listed(held)}."
        if lost:
            yield f"No more among them: {listed(lost)}."
    before, after = last.qualified_studies, result.qualification.qualified_count
    if before != after:
        yield f"{plural(before, 'case study', 'case studies')} qualified then, {after} now."


def _moves(result: Result, last: Milestone) -> Iterator[Runs]:
    """Write one line per control that moved: its gauge, and its criteria one by one."""
    then = dict(last.gauges)
    for control in result.controls:
        before = then.get(control.control)
        rose, fell = _levels(control, last)
        if not (rose or fell) and (before is None or before == control.gauge):
            continue
        gauge = "" if before is None else f" gauge {before:.1f} → {control.gauge:.1f}"
        parts = [
            f"{word} {listed(names)}" for word, names in (("up", rose), ("down", fell)) if names
        ]
        detail = f": {'; '.join(parts)}" if parts else ""
        name = Run(control.control, "strong", f"#{control.control}")
        yield text(name, f"{gauge}{detail}.")


def _levels(control: ControlResult, last: Milestone) -> tuple[Sequence[str], Sequence[str]]:
    then = dict(last.levels)
    rose: list[str] = []
    fell: list[str] = []
    for criterion in control.criteria:
        before = then.get(f"{control.control}/{criterion.criterion}")
        if before is not None and before != criterion.effective:
            said = f"{criterion.title} {before} → {criterion.effective}"
            (rose if criterion.effective > before else fell).append(said)
    return rose, fell


def _signed(result: Result, signed: Milestone) -> object:
    who = f"{signed.signed_by} vouched for the answers on {day(signed.date)} (“{signed.name}”)"
    if signed.answers_hash and signed.answers_hash == result.answers_hash:
        return paragraph(Run("Signed and unchanged. ", "strong"), f"{who}.")
    return paragraph(Run("Changed since it was signed. ", "strong"), f"{who}; they are others now.")
