"""`calib check`."""

from __future__ import annotations

import json
from datetime import date

import click

from calib.cli.options import DATE, FOLDER, JSON, assessed
from calib.cli.root import guarded, main, say


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
