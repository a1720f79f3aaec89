"""`calib plan`: show the improvement plan."""

from __future__ import annotations

from datetime import date

import click

from calib.cli.options import ASSESSMENT_ARGUMENT, DATE_OPTION, JSON_OPTION, load_and_assess
from calib.cli.root import handle_errors, main, print_message
from calib.text import plural


@main.command()
@ASSESSMENT_ARGUMENT
@DATE_OPTION
@JSON_OPTION
@handle_errors
def plan(assessment: str, today: date, as_json: bool) -> None:
    """Show the improvement plan of DIR.

    The plan lists the remediation actions with the least total effort that make DIR ready, in
    order, each with its artefact, effort, owner and due date.

    \b
    Examples:
      calib plan acme
      calib plan acme --json > plan.json
    """
    from calib.scoring.plan import make_plan

    _, found, result = load_and_assess(assessment, today)
    made = make_plan(result, found.plan)
    if as_json:
        click.echo(made.model_dump_json(indent=1))
        return
    if not made.steps:
        print_message("No actions left: the assessment is ready.")
    for step in made.steps:
        gap = step.gap
        owner = f", {step.owner}" if step.owner else ""
        due = f", due {step.due}" if step.due else ""
        late = click.style("  should have started", fg="yellow") if step.late else ""
        title = click.style(f"{step.number:>3}. {gap.title}", bold=True)
        click.echo(f"{title}  [{gap.id}]  {gap.effort}{owner}{due}, {step.status}{late}")
        click.echo(f"     {gap.action}\n     Artefact: {gap.artefact}")
    if made.steps:
        print_message(
            f"\n{plural(len(made.steps), 'action')}, about {made.days} working days of effort."
        )
        if made.people > 1:
            print_message(
                f"{plural(made.days_left, 'working day')} left until the target date: "
                f"{made.people} people need to work in parallel."
            )
