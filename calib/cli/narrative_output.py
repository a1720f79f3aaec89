"""Print a reviewed narrative on the terminal, with coloured and numbered sentences."""

from __future__ import annotations

from collections.abc import Iterator

import click

from calib.cli.point_output import print_points
from calib.model import Control, ControlResult, Criterion, CriterionResult
from calib.render.narrative_marks import (
    find_review_finding,
    mark_sentences,
    redact_secrets,
)
from calib.render.points import (
    NOT_LEARNED,
    control_example_word,
    count_shown,
    example_bar_word,
)
from calib.text import plural

_MARK_COLOURS = {"good": "green", "warn": "yellow", "bad": "red"}
_VERDICT_COLOURS = {"yes": "green", "partly": "yellow", "no": "red"}


def print_review(control: ControlResult, definition: Control) -> None:
    """Print a narrative, then the verdict and the points of each criterion, then findings."""
    level = f"response level {control.level} of 4" if control.judged else "text not judged"
    head = f"{control.control}  {control.title}: {level}"
    click.echo(click.style(head, bold=True))
    for line in marked_lines(control):
        click.echo(f"  | {line}")
    for criterion in control.criteria:
        _print_criterion(control, criterion, definition.criterion(criterion.criterion))
    if control.judged:
        supported, total = sum(c.verdict == "yes" for c in control.judged), len(control.judged)
        click.echo(
            f"  Our bar: the narrative supports {supported} of {total} criteria. Example bar: "
            f"{control_example_word(control)}.\n"
            f"  Level {control.level}. "
            "Level 2 requires some of them, level 3 all or all but one; level 4 requires all, a "
            "named customer, a measured result, documents and a review."
        )
    unjudged = len(control.criteria) - len(control.judged)
    if unjudged:
        click.echo(
            f"  Not judged: {plural(unjudged, 'criterion', 'criteria')}, judged by "
            "evidence and by an assessor."
        )
    for finding in control.findings:
        if finding.subject.place == "narrative":
            click.echo(f"  {click.style('note', fg='yellow')}   {finding.message}")
            click.echo(f"         {finding.remediation}")
    click.echo()


def _print_criterion(
    control: ControlResult, criterion: CriterionResult, definition: Criterion
) -> None:
    finding = find_review_finding(criterion)
    verdict = click.style(f"{criterion.verdict:<6}", fg=_VERDICT_COLOURS[criterion.verdict])
    notes = [count_shown(criterion)] if criterion.points else []
    if criterion.example_points:
        notes.append(f"example bar {example_bar_word(criterion)}")
    if criterion.judged and not criterion.learned:
        notes.append(NOT_LEARNED)
    click.echo(f"  {verdict} {criterion.title}" + (f": {', '.join(notes)}" if notes else ""))
    print_points(control, criterion, definition)
    if finding is not None and finding.remediation:
        # The reviewer's message on a text counts the points, which are printed one by one.
        if not finding.rule.startswith("text-"):
            click.echo(f"         {finding.message}")
        click.echo(f"         Next: {finding.remediation}")


def marked_lines(control: ControlResult) -> Iterator[str]:
    """Yield the lines of the narrative; each marked sentence is followed by its number."""
    text = redact_secrets(control)
    position, parts = 0, []
    for mark in mark_sentences(control):
        parts.append(text[position : mark.start])
        # Styled line by line: the caller puts a prefix before each line, which stays uncoloured.
        lines = text[mark.start : mark.end].split("\n")
        coloured = [click.style(line, fg=_MARK_COLOURS[mark.tone]) for line in lines]
        label = "" if mark.tone == "good" else f" {mark.note.partition(':')[0]}"
        parts.append("\n".join(coloured) + click.style(f"[{mark.number}{label}]", dim=True))
        position = mark.end
    parts.append(text[position:])
    yield from "".join(parts).strip("\n").split("\n")
