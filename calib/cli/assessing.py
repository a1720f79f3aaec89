"""`calib check`, `score` and `plan`: how an assessment stands."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import click

from calib.cli.main import DATE, FAIL_UNDER, FOLDER, JSON, REQUIRE, gate, guarded, main, say

READINESS = {
    "ready": ("Ready", "green"),
    "close": ("Close", "yellow"),
    "not_ready": ("Not ready", "red"),
}


def assessed(place: str, today: date) -> tuple[Any, Any, Any]:
    """Load catalog and assessment, and assess; raises BadInput."""
    from calib.catalog import load_catalog
    from calib.scoring import assess
    from calib.store import find_assessment, load_assessment

    catalog = load_catalog()
    assessment = load_assessment(find_assessment(place), catalog)
    return catalog, assessment, assess(catalog, assessment, today)


@main.command()
@FOLDER
@DATE
@JSON
@guarded
def check(assessment: str, today: date, as_json: bool) -> None:
    """Check that DIR can be read, and name what is odd in it.

    Every problem of every file is listed at once, with its line and its remedy.
    """
    _, found, result = assessed(assessment, today)
    odd = ("no-narrative", "orphaned:")
    bare = [f for c in result.controls for f in c.findings if f.rule.startswith(odd)]
    oddities = [*result.findings, *bare, *(f for e in result.evidence for f in e.findings)]
    if as_json:
        rows = [f.model_dump(mode="json") for f in oddities]
        click.echo(json.dumps({"valid": True, "oddities": rows}, ensure_ascii=False, indent=1))
        return
    for finding in oddities:
        where = finding.subject.file
        click.echo(f"{where}: {finding.message} {finding.remediation}".rstrip())
    studies, evidence = len(found.case_studies), len(found.evidence)
    say(
        f"{assessment}: valid. Responses: {len(found.responses)}, case studies: {studies}, "
        f"evidence: {evidence}; to look at: {len(oddities)}."
    )


@main.command()
@FOLDER
@DATE
@JSON
@REQUIRE
@FAIL_UNDER
@guarded
def score(
    assessment: str, today: date, as_json: bool, require: str | None, fail_under: float | None
) -> None:
    """Score DIR: readiness, gates and gauges, criterion by criterion.

    A gate holds when every passing criterion reaches level 3 and every requirement criterion level
    2. The gauge is a weighted mean; it shows progress and never opens a gate.

    \b
    calib score acme
    calib score acme --require ready        # for CI: exit 1 unless ready
    calib score example:halfway --json
    """
    _, _, result = assessed(assessment, today)
    if as_json:
        click.echo(result.model_dump_json(indent=1))
    else:
        _print_score(result)
    gate(result.readiness, result.gauge, require, fail_under)


def _print_score(result: Any) -> None:
    word, colour = READINESS[result.readiness]
    click.echo(
        f"{result.profile.partner}: {click.style(word, fg=colour, bold=True)}  "
        f"gauge {result.gauge:.1f} of 4"
    )
    studies = result.qualification
    click.echo(
        f"\nCase studies  {_holds(studies.set_qualifies, 'qualify', 'not yet')}  "
        f"{studies.qualified_count} of {studies.needed} qualify"
    )
    for finding in studies.findings:
        click.echo(f"    {finding.message}")
    for control in result.controls:
        met = sum(c.met for c in control.criteria)
        click.echo(
            f"\n{control.control}  {_holds(control.gate, 'gate holds', 'gate not met')}  "
            f"gauge {control.gauge:.1f}  "
            f"{met} of {len(control.criteria)} criteria met  {control.title}"
        )
        for c in control.criteria:
            claimed = "-" if c.claimed is None else c.claimed
            mark = click.style("ok  ", fg="green") if c.met else click.style("open", fg="red")
            click.echo(
                f"    {mark} {c.criterion:<24} text {c.verdict:<6} claimed {claimed} "
                f"supported {c.supported} effective {c.effective} needs {c.needed}"
            )
    for finding in result.findings:
        say(f"calib: {finding.message} {finding.remediation}")
    if result.gaps:
        say(f"\n{len(result.gaps)} remediation actions to ready: see `calib plan`.")


def _holds(yes: bool, word: str, otherwise: str) -> str:
    return click.style(word, fg="green") if yes else click.style(otherwise, fg="red")


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
    from calib.plan import make_plan

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
