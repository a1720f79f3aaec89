"""Compare the strictness of each assessor with the group's; for the facilitator only."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from calib.errors import BadInput, Problem
from calib.model import Ballot, Catalog, Strictness, StrictnessOverTime, StrictnessStep

StrictnessTables = tuple[Sequence[Strictness], Sequence[StrictnessOverTime]]
"""Strictness over all controls, and control by control."""


def compare_strictness(
    folder: Path, catalog: Catalog, ballots: Sequence[Ballot]
) -> StrictnessTables:
    """Compare each assessor with the others, over all controls and in the order of the workshop.

    Raises BadInput if the workshop is anonymous: the comparison would identify assessors.
    """
    from calib import workshop
    from calib.ballots.workshop_file import WORKSHOP_FILE, load_workshop

    record = load_workshop(folder, catalog)
    if workshop.is_anonymous(record):
        file = f"{folder.name}/{WORKSHOP_FILE}"
        message = "the workshop is anonymous, so assessors are not compared"
        remedy = "leave out --strictness"
        raise BadInput([Problem(file, message, place="naming", remedy=remedy)])
    order = workshop.visited_controls(record) if record else ()
    return workshop.measure_strictness(ballots), workshop.measure_strictness_by_control(
        ballots, order
    )


def print_strictness(tables: StrictnessTables) -> None:
    """Print a sentence for each assessor, then a table by control."""
    overall, by_control = tables
    for assessor in overall:
        click.echo(f"{assessor.assessor}: {assessor.sentence}")
    controls = [step.control for step in by_control[0].steps] if by_control else []
    if not controls:
        return
    click.echo(
        "\nMean difference from the median of the others (+ higher, - lower), in workshop order; "
        "number of criteria in brackets."
    )
    width = max(len(row.assessor) for row in by_control)
    click.echo(" ".join([" " * width, *(f"{control:>12}" for control in controls)]))
    for row in by_control:
        click.echo(" ".join([f"{row.assessor:<{width}}", *map(_format_step, row.steps)]))


def _format_step(step: StrictnessStep) -> str:
    if step.difference is None:
        return f"{'-':>12}"
    size = f"{step.difference:+.1f}"
    # Not "-0.0" or "+0.0".
    return f"{'0.0' if size[1:] == '0.0' else size} ({step.votes})".rjust(12)
