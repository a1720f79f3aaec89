"""`calib score`: show readiness, gates, gauges and levels."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import click

from calib.cli.options import (
    ASSESSMENT_ARGUMENT,
    DATE_OPTION,
    FAIL_UNDER_OPTION,
    JSON_OPTION,
    REQUIRE_OPTION,
    exit_if_below,
    load_and_assess,
)
from calib.cli.root import handle_errors, main, print_message
from calib.text import plural

if TYPE_CHECKING:
    from calib.model import ControlResult, Result

READINESS = {
    "ready": ("Ready", "green"),
    "close": ("Close", "yellow"),
    "not_ready": ("Not ready", "red"),
}
"""Label and colour of each readiness."""


@main.command()
@ASSESSMENT_ARGUMENT
@DATE_OPTION
@JSON_OPTION
@REQUIRE_OPTION
@FAIL_UNDER_OPTION
@handle_errors
def score(
    assessment: str, today: date, as_json: bool, require: str | None, fail_under: float | None
) -> None:
    """Score DIR: show readiness, gates, gauges and levels.

    A gate is met if every criterion reaches the level in the last column, "needs". The gauge is the
    weighted mean of the levels; it shows progress and does not affect gates.

    \b
    Examples:
      calib score acme
      calib score acme --require ready        # in CI: exit code 1 unless ready
      calib score acme --fail-under 2.5
      calib score example:halfway --json
    """
    _, _, result = load_and_assess(assessment, today)
    if as_json:
        click.echo(result.model_dump_json(indent=1))
    else:
        _print_result(result)
    exit_if_below(result.readiness, result.gauge, require, fail_under)


def _print_result(result: Result) -> None:
    label, colour = READINESS[result.readiness]
    click.echo(
        f"{result.profile.partner}: {click.style(label, fg=colour, bold=True)}  "
        f"gauge {result.gauge:.1f} of 4"
    )
    studies = result.qualification
    state = _yes_or_no(studies.set_qualifies, "requirements met", "requirements not met")
    click.echo(f"\nCase studies  {state}  {studies.qualified_count} of {studies.needed} qualify")
    for finding in studies.findings:
        click.echo(f"    {finding.message}")
    for control in result.controls:
        _print_control(control)
    for finding in result.findings:
        print_message(f"calib: {finding.message} {finding.remediation}")
    if result.gaps:
        count = plural(len(result.gaps), "remediation action")
        print_message(f"\n{count} left until ready; `calib plan` lists them.")


def _print_control(control: ControlResult) -> None:
    met = sum(c.met for c in control.criteria)
    click.echo(
        f"\n{control.control}  {_yes_or_no(control.gate, 'gate met', 'gate not met')}  "
        f"gauge {control.gauge:.1f}  "
        f"{met} of {len(control.criteria)} criteria met  {control.title}"
    )
    for c in control.criteria:
        claimed = "-" if c.claimed is None else c.claimed
        verdict = c.verdict if c.learned else "-"
        mark = click.style("ok  ", fg="green") if c.met else click.style("open", fg="red")
        click.echo(
            f"    {mark} {c.criterion:<24} text {verdict:<6} claimed {claimed} "
            f"supported {c.supported} effective {c.effective} needs {c.needed}"
        )


def _yes_or_no(condition: bool, yes: str, no: str) -> str:
    return click.style(yes, fg="green") if condition else click.style(no, fg="red")
