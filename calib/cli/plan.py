"""`calib plan`."""

from __future__ import annotations

from datetime import date

import click

from calib.cli.options import DATE, FOLDER, JSON, assessed
from calib.cli.root import guarded, main, say


@main.command()
@FOLDER
@DATE
@JSON
@guarded
def plan(assessment: str, today: date, as_json: bool) -> None:
    """Print the shortest way from DIR to ready: what to produce, in which order, by when.

    \b
    calib plan acme
    calib plan acme --json > plan.json
    """
    from calib.scoring.plan import make_plan

    _, found, result = assessed(assessment, today)
    made = make_plan(result, found.plan)
    if as_json:
        click.echo(made.model_dump_json(indent=1))
        return
    if not made.steps:
        say("Nothing left to do: the assessment is ready.")
    for step in made.steps:
        gap = step.gap
        who = f", {step.owner}" if step.owner else ""
        due = f", due {step.due}" if step.due else ""
        late = click.style("  should have started", fg="yellow") if step.late else ""
        head = click.style(f"{step.number:>3}. {gap.title}", bold=True)
        click.echo(f"{head}  [{gap.id}]  {gap.effort}{who}{due}, {step.status}{late}")
        click.echo(f"     {gap.action}\n     Artefact: {gap.artefact}")
    if made.steps:
        say(f"\n{len(made.steps)} actions, about {made.days} working days of effort.")
        if made.people > 1:
            say(
                f"{made.days_left} are left to the target date: it takes "
                f"{made.people} people at once."
            )
