"""`calib check`: validate an assessment."""

from __future__ import annotations

import json
from datetime import date

import click

from calib.cli.options import ASSESSMENT_ARGUMENT, DATE_OPTION, JSON_OPTION, load_and_assess
from calib.cli.root import handle_errors, main, print_message
from calib.text import plural

_WARNING_RULES = ("no-narrative", "orphaned:")
"""Beginnings of the control rules that point to a mistake in the files."""


@main.command()
@ASSESSMENT_ARGUMENT
@DATE_OPTION
@JSON_OPTION
@handle_errors
def check(assessment: str, today: date, as_json: bool) -> None:
    """Validate the assessment in DIR and list warnings.

    All errors of all files are reported at once, each with file, line and suggested fix. Errors
    exit with code 2; warnings do not change the exit code.

    \b
    Examples:
      calib check acme
      calib check acme --json
    """
    from calib.scoring.marks import MARK_RULE_PREFIX

    _, found, result = load_and_assess(assessment, today)
    of_controls = (
        f for c in result.controls for f in c.findings if f.rule.startswith(_WARNING_RULES)
    )
    of_marks = (
        finding
        for control in result.controls
        for criterion in control.criteria
        for mark, finding in zip(
            criterion.marks,
            (f for f in criterion.findings if f.rule.startswith(MARK_RULE_PREFIX)),
            strict=True,
        )
        if mark.needs_repair
    )
    of_evidence = (f for e in result.evidence for f in e.findings)
    warnings = [*result.findings, *of_controls, *of_marks, *of_evidence]
    if as_json:
        rows = [f.model_dump(mode="json") for f in warnings]
        click.echo(json.dumps({"valid": True, "oddities": rows}, ensure_ascii=False, indent=1))
        return
    for finding in warnings:
        where = finding.subject.file
        click.echo(f"{where}: {finding.message} {finding.remediation}".rstrip())
    print_message(
        f"{assessment}: valid. {plural(len(found.responses), 'response')}, "
        f"{plural(len(found.case_studies), 'case study', 'case studies')}, "
        f"{plural(len(found.evidence), 'evidence entry', 'evidence entries')}, "
        f"{plural(len(warnings), 'warning')}."
    )
