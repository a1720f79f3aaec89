"""Changes since the last milestone, and whether the signed answers are unchanged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from calib.model import ControlResult, Milestone, Result
from calib.render.charts.labels import past_milestones
from calib.render.document import Block, BulletList, Heading, Paragraph, Run, Runs, paragraph, text
from calib.render.tones import READINESS_WORDS
from calib.text import day, listed, plural

_READINESS_WORDS = {str(k): word.lower() for k, word in READINESS_WORDS.items()}
_GAUGE_TOLERANCE = 0.04
"""Gauges have one decimal; a smaller difference is a rounding error of floats."""


def progress_blocks(result: Result) -> list[Block]:
    """Describe the changes since the last milestone; empty where there is none."""
    milestones = past_milestones(result)
    if not milestones:
        return []
    last = milestones[-1]
    blocks: list[Block] = [
        Heading(f"Changes since “{last.name}”, {day(last.date)}"),
        paragraph(" ".join(_overall_changes(result, last))),
    ]
    items = tuple(_control_changes(result, last))
    if items:
        blocks.append(BulletList(items))
    signed = [m for m in milestones if m.signed_by]
    if signed:
        blocks.append(_signature_status(result, signed[-1]))
    if len(milestones) > 1:
        names = listed(f"“{m.name}” ({day(m.date)})" for m in milestones)
        blocks.append(paragraph(f"Milestones: {names}.", style="muted"))
    return blocks


def _overall_changes(result: Result, last: Milestone) -> Iterator[str]:
    if last.answers_hash and last.answers_hash == result.answers_hash:
        yield "No answers have changed."
    before = _READINESS_WORDS.get(last.readiness, "")
    now = _READINESS_WORDS[result.readiness]
    if before == now:
        yield f"Readiness is unchanged: {now}."
    elif before:
        yield f"Readiness changed from {before} to {now}."
    gauges = dict(last.gauges)
    known = [c for c in result.controls if c.control in gauges]
    up, down = (
        sum(sign * (c.gauge - gauges[c.control]) > _GAUGE_TOLERANCE for c in known)
        for sign in (1, -1)
    )
    if known:
        yield (
            f"The gauge rose in {up or 'none'} of {plural(len(known), 'control')} and fell in "
            f"{down or 'none'}."
        )
    # Older milestones have no levels; their list of gates is empty without meaning.
    if last.levels:
        gained = [c.control for c in result.controls if c.gate and c.control not in last.gates]
        lost = [c.control for c in result.controls if not c.gate and c.control in last.gates]
        if gained:
            yield f"Gates newly met: {listed(gained)}."
        if lost:
            yield f"Gates no longer met: {listed(lost)}."
    studies_before, studies_now = last.qualified_studies, result.qualification.qualified_count
    if studies_before != studies_now:
        yield f"Qualifying case studies: {studies_before} before, {studies_now} now."


def _control_changes(result: Result, last: Milestone) -> Iterator[Runs]:
    """Yield one item per control that changed: its gauge and the criteria that moved."""
    gauges = dict(last.gauges)
    for control in result.controls:
        before = gauges.get(control.control)
        rose, fell = _level_changes(control, last)
        if not (rose or fell) and (before is None or before == control.gauge):
            continue
        gauge = "" if before is None else f" gauge {before:.1f} → {control.gauge:.1f}"
        parts = [
            f"{word} {listed(names)}" for word, names in (("up", rose), ("down", fell)) if names
        ]
        detail = f": {'; '.join(parts)}" if parts else ""
        name = Run(control.control, "strong", f"#{control.control}")
        yield text(name, f"{gauge}{detail}.")


def _level_changes(control: ControlResult, last: Milestone) -> tuple[Sequence[str], Sequence[str]]:
    levels = dict(last.levels)
    rose: list[str] = []
    fell: list[str] = []
    for criterion in control.criteria:
        before = levels.get(f"{control.control}/{criterion.criterion}")
        if before is not None and before != criterion.effective:
            change = f"{criterion.title} {before} → {criterion.effective}"
            (rose if criterion.effective > before else fell).append(change)
    return rose, fell


def _signature_status(result: Result, signed: Milestone) -> Paragraph:
    statement = f"{signed.signed_by} confirmed the answers on {day(signed.date)} (“{signed.name}”)"
    if signed.answers_hash and signed.answers_hash == result.answers_hash:
        return paragraph(Run("Signed and unchanged. ", "strong"), f"{statement}.")
    return paragraph(
        Run("Changed since it was signed. ", "strong"),
        f"{statement}; the answers have changed since then.",
    )
