"""`calib check`, `score` and `plan`: how an assessment stands."""

from __future__ import annotations

from datetime import date
from typing import Any

import click

from calib.cli.options import DATE, FAIL_UNDER, FOLDER, JSON, REQUIRE, assessed, gate
from calib.cli.root import guarded, main, say

READINESS = {
    "ready": ("Ready", "green"),
    "close": ("Close", "yellow"),
    "not_ready": ("Not ready", "red"),
}


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
