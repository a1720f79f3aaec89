"""Who is stricter than the group, and how that moved: for the facilitator alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from calib.errors import BadInput, Problem
from calib.model import Ballot, Catalog, Strictness, StrictnessOverTime, StrictnessStep

Found = tuple[Sequence[Strictness], Sequence[StrictnessOverTime]]


def strictness_of(folder: Path, catalog: Catalog, given: Sequence[Ballot]) -> Found:
    """Compare each assessor with the others, as a whole and in the order of the room.

    Raises BadInput where the votes are anonymous: nobody is to be told from the others there.
    """
    from calib import workshop
    from calib.ballots.workshop_file import FILE, load_workshop

    record = load_workshop(folder, catalog)
    if workshop.is_anonymous(record):
        said = "the votes are anonymous, so nobody is compared with the group"
        remedy = "leave out --strictness"
        raise BadInput([Problem(f"{folder.name}/{FILE}", said, place="naming", remedy=remedy)])
    order = workshop.visited(record) if record else ()
    return workshop.strictness(given), workshop.strictness_by_control(given, order)


def print_strictness(found: Found) -> None:
    """Print a sentence for each assessor, and below it a table by control."""
    whole, moved = found
    for one in whole:
        click.echo(f"{one.assessor}: {one.sentence}")
    controls = [step.control for step in moved[0].steps] if moved else []
    if not controls:
        return
    click.echo(
        "\nLevels above (+) or below (-) the median of the others, control by control as the room "
        "took them; in brackets on how many criteria."
    )
    wide = max(len(one.assessor) for one in moved)
    click.echo(" ".join([" " * wide, *(f"{control:>12}" for control in controls)]))
    for person in moved:
        click.echo(" ".join([f"{person.assessor:<{wide}}", *map(_step, person.steps)]))


def _step(step: StrictnessStep) -> str:
    if step.difference is None:
        return f"{'-':>12}"
    size = f"{step.difference:+.1f}"
    return f"{'0.0' if size[1:] == '0.0' else size} ({step.votes})".rjust(12)
