"""A narrative for the terminal, its sentences coloured and numbered."""

from __future__ import annotations

from collections.abc import Iterator

import click

from calib.model import ControlResult
from calib.render.sections.narrative_marks import marks, of_text, without_secrets

_TONES = {"good": "green", "warn": "yellow", "bad": "red"}
_VERDICTS = {"yes": "green", "partly": "yellow", "no": "red"}


def print_review(control: ControlResult) -> None:
    """Print a control's narrative as reviewed: the text, then the verdicts, then the rest."""
    head = f"{control.control}  {control.title}: response level {control.level} of 4"
    click.echo(click.style(head, bold=True))
    for line in marked_lines(control):
        click.echo(f"  | {line}")
    numbers = {(m.start, m.end): m.number for m in marks(control)}
    for criterion in control.criteria:
        said = of_text(criterion)
        span = said.subject.span if said else None
        number = numbers.get((span.start, span.end)) if span else None
        word = click.style(f"{criterion.verdict:<6}", fg=_VERDICTS[criterion.verdict])
        click.echo(f"  {word} {criterion.title}" + (f" [{number}]" if number else ""))
        if said is not None and said.remediation:
            click.echo(f"         {said.message}")
            click.echo(f"         Next: {said.remediation}")
    carried = sum(c.verdict == "yes" for c in control.criteria)
    total = len(control.criteria)
    click.echo(
        f"  Level {control.level}: {carried} of {total} criteria are carried. Level 2 needs some, "
        "level 3 all or all but one, level 4 all, for a named customer, with a measured result, "
        "documents and a review."
    )
    for finding in control.findings:
        if finding.subject.place == "narrative":
            click.echo(f"  {click.style('note', fg='yellow')}   {finding.message}")
            click.echo(f"         {finding.remediation}")
    click.echo()


def marked_lines(control: ControlResult) -> Iterator[str]:
    """Give the narrative line by line, each marked sentence with its number behind it."""
    text = without_secrets(control)
    at, parts = 0, []
    for mark in marks(control):
        parts.append(text[at : mark.start])
        lines = text[mark.start : mark.end].split("\n")
        coloured = [click.style(line, fg=_TONES[mark.tone]) for line in lines]
        said = "" if mark.tone == "good" else f" {mark.note.partition(':')[0]}"
        parts.append("\n".join(coloured) + click.style(f"[{mark.number}{said}]", dim=True))
        at = mark.end
    parts.append(text[at:])
    yield from "".join(parts).strip("\n").split("\n")
