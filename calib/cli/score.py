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
    """Score DIR: show readiness, both bars, gauges and levels.

    Our bar is the gate of a control, met if every criterion reaches the level in the last column,
    "needs"; for a criterion it is the verdict on its text. The example bar is met if the text
    mentions the points that AWS's published example covers; it affects no gate. The gauge is the
    weighted mean of the levels and shows progress only.

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
        f"\n{control.control}  our bar: {_yes_or_no(control.gate, 'gate met', 'gate not met')}  "
        f"example bar: {_yes_or_no(control.example_bar, 'met', 'not met')}  "
        f"gauge {control.gauge:.1f}  "
        f"{met} of {len(control.criteria)} criteria met  {control.title}"
    )
    for c in control.criteria:
        claimed = "-" if c.claimed is None else c.claimed
        verdict = c.verdict if c.judged else "-"
        # The example may show no point of a criterion; it then sets no bar.
        example = "-" if not c.example_points else "met" if c.example_bar else "not met"
        mark = click.style("ok  ", fg="green") if c.met else click.style("open", fg="red")
        click.echo(
            f"    {mark} {c.criterion:<24} our bar {verdict:<6} example bar {example:<7} "
            f"claimed {claimed} supported {c.supported} effective {c.effective} needs {c.needed}"
        )
        if c.judged and not c.learned:
            from calib.render.points import NOT_LEARNED

            click.echo(f"         {c.criterion:<24} {NOT_LEARNED}")


def _yes_or_no(condition: bool, yes: str, no: str) -> str:
    return click.style(yes, fg="green") if condition else click.style(no, fg="red")
