"""Print a reviewed narrative on the terminal, with coloured and numbered sentences."""

from __future__ import annotations

from collections.abc import Iterator

import click

from calib.model import ControlResult
from calib.render.narrative_marks import (
    find_review_finding,
    mark_sentences,
    redact_secrets,
)
from calib.text import plural

_MARK_COLOURS = {"good": "green", "warn": "yellow", "bad": "red"}
_VERDICT_COLOURS = {"yes": "green", "partly": "yellow", "no": "red"}


def print_review(control: ControlResult) -> None:
    """Print a control's narrative, then the verdicts, then the findings on the whole narrative."""
    level = f"response level {control.level} of 4" if control.learned else "text not judged"
    head = f"{control.control}  {control.title}: {level}"
    click.echo(click.style(head, bold=True))
    for line in marked_lines(control):
        click.echo(f"  | {line}")
    numbers = {(m.start, m.end): m.number for m in mark_sentences(control)}
    for criterion in control.criteria:
        finding = find_review_finding(criterion)
        span = finding.subject.span if finding else None
        number = numbers.get((span.start, span.end)) if span else None
        verdict = click.style(f"{criterion.verdict:<6}", fg=_VERDICT_COLOURS[criterion.verdict])
        click.echo(f"  {verdict} {criterion.title}" + (f" [{number}]" if number else ""))
        if finding is not None and finding.remediation:
            click.echo(f"         {finding.message}")
            click.echo(f"         Next: {finding.remediation}")
    if control.learned:
        supported, total = sum(c.verdict == "yes" for c in control.learned), len(control.learned)
        click.echo(
            f"  Level {control.level}: the narrative supports {supported} of {total} criteria. "
            "Level 2 requires some of them, level 3 all or all but one; level 4 requires all, a "
            "named customer, a measured result, documents and a review."
        )
    not_learned = len(control.criteria) - len(control.learned)
    if not_learned:
        click.echo(
            f"  Not learned yet: {plural(not_learned, 'criterion', 'criteria')}, judged by "
            "evidence and by an assessor."
        )
    for finding in control.findings:
        if finding.subject.place == "narrative":
            click.echo(f"  {click.style('note', fg='yellow')}   {finding.message}")
            click.echo(f"         {finding.remediation}")
    click.echo()


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
