"""`calib export`: write plan, gaps, evidence pack and responses in other formats."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from calib.cli.options import (
    ASSESSMENT_ARGUMENT,
    DATE_OPTION,
    REPORT_DATE_OPTION,
    brand_options,
    load_and_assess,
    local_today,
    option_names_in_errors,
    output_option,
    warn_replaced_characters,
)
from calib.cli.root import ExitCode, exit_with, handle_errors, main, print_message
from calib.errors import BadInput, Problem
from calib.text import plural

if TYPE_CHECKING:
    from calib.model import Assessment, Result

OUTPUT_OPTION = output_option(
    required=True,
    metavar="FILE",
    help="Output file; an existing one is replaced.",
)
TABLE_OUTPUT_OPTION = output_option(
    required=True,
    metavar="FILE",
    help="Output file, .xlsx or .csv.",
)
OVERWRITE_OPTION = click.option(
    "--overwrite", is_flag=True, help="Replace an existing FILE, including any edits in it."
)
JSON_SUMMARY_OPTION = click.option(
    "--json", "as_json", is_flag=True, help="Print file, SHA-256 and counts as JSON."
)
ALLOW_PRIVATE_OPTION = click.option(
    "--allow-private",
    is_flag=True,
    help="Write even if a text appears to contain a key or password.",
)


@dataclass(frozen=True)
class ExportSummary:
    """Result of an export: a message for the terminal and facts for the JSON output."""

    path: Path
    message: str
    facts: Mapping[str, object] = field(default_factory=dict)

    def print(self, *, as_json: bool) -> None:
        """Print the file name and the message, or the facts as JSON."""
        if not as_json:
            click.echo(self.path)
            print_message(f"{self.message} Verified.")
            return
        with self.path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        facts = {"file": str(self.path), "sha256": digest, **self.facts}
        click.echo(json.dumps(facts, ensure_ascii=False))


@main.group()
def export() -> None:
    """Export DIR as documents, tables or standard formats.

    Each file is verified before it replaces an existing one; if a run fails, the existing file
    stays unchanged. The same folder and --date always give the same bytes. docs/exchange.md
    describes the content of each format.

    \b
    Examples:
      calib export docx acme -o responses.docx
      calib export gaps acme -o gaps.xlsx
      calib export pack acme -o acme-evidence.zip
      calib export lens -o lens.json
      calib export oscal-results acme -o results.json
    """


@export.command("plan")
@ASSESSMENT_ARGUMENT
@TABLE_OUTPUT_OPTION
@OVERWRITE_OPTION
@DATE_OPTION
@JSON_SUMMARY_OPTION
@handle_errors
def export_plan(assessment: str, output: Path, overwrite: bool, today: date, as_json: bool) -> None:
    """Export the improvement plan as .xlsx or .csv.

    \b
    Example:
      calib export plan acme -o plan.xlsx
    """
    from calib.exchange.plan import write_plan
    from calib.scoring.plan import make_plan

    _, found, result = load_and_assess(assessment, today)
    _check_may_write(output, overwrite=overwrite)
    made = make_plan(result, found.plan)
    write_plan(made, result.profile.partner, result.today, output)
    count = len(made.steps)
    message = f"Wrote {plural(count, 'remediation action')}."
    ExportSummary(output, message, {"rows": count}).print(as_json=as_json)


@export.command("gaps")
@ASSESSMENT_ARGUMENT
@TABLE_OUTPUT_OPTION
@OVERWRITE_OPTION
@DATE_OPTION
@JSON_SUMMARY_OPTION
@handle_errors
def export_gaps(assessment: str, output: Path, overwrite: bool, today: date, as_json: bool) -> None:
    """Export the gap register as .xlsx or .csv.

    One row per open gap: control, criterion, finding, remediation, suggested sentence, artefact,
    effort, levels, owner, due date and status.

    \b
    Examples:
      calib export gaps acme -o gaps.xlsx
      calib export gaps acme -o gaps.csv --overwrite
    """
    from calib.exchange.gap_register import build_gap_table
    from calib.exchange.table import write_table
    from calib.scoring.plan import make_plan

    catalog, found, result = load_and_assess(assessment, today)
    _check_may_write(output, overwrite=overwrite)
    table = build_gap_table(catalog, result, make_plan(result, found.plan))
    write_table(table, output)
    count = len(table.rows)
    message = f"Wrote {plural(count, 'gap')}."
    ExportSummary(output, message, {"rows": count}).print(as_json=as_json)


@export.command("pack")
@ASSESSMENT_ARGUMENT
@OUTPUT_OPTION
@click.option("--confidential", is_flag=True, help="Include confidential evidence.")
@click.option(
    "--allow-missing",
    is_flag=True,
    help="Continue if evidence files are missing or have been changed.",
)
@click.option(
    "--charts",
    type=click.Choice(["interactive", "static"]),
    default="static",
    show_default=True,
    help="Charts in the HTML report; static needs no scripts.",
)
@ALLOW_PRIVATE_OPTION
@brand_options
@DATE_OPTION
@JSON_SUMMARY_OPTION
@handle_errors
def export_pack(
    assessment: str,
    output: Path,
    confidential: bool,
    allow_missing: bool,
    allow_private: bool,
    today: date,
    as_json: bool,
    **parameters: str,
) -> None:
    """Export the evidence pack as a .zip archive.

    The pack contains the report, the responses, the evidence register, the evidence files and their
    SHA-256 sums (sha256sums.txt). Only regular files in DIR/evidence that are listed in the
    register are included. Evidence marked confidential is left out; report and register still list
    it. Keys or passwords in texts, and missing or changed evidence files, are errors.

    \b
    Examples:
      calib export pack acme -o acme-evidence.zip
      calib export pack acme -o acme-all.zip --confidential
    """
    from calib.exchange.pack import select_evidence, write_pack
    from calib.store.locate import find_assessment

    folder = find_assessment(assessment)
    _, found, result = load_and_assess(assessment, today)
    check_secrets(found, allow=allow_private)
    chosen = select_evidence(folder, result, confidential=confidential, allow_missing=allow_missing)
    report = _build_report(assessment, result, parameters)
    members = write_pack(folder, result, chosen, report, output)
    problems = [f"{entry.item.file}: {entry.why}" for entry in chosen.problems]
    for problem in problems:
        print_message(f"calib: {problem}")
    for entry in chosen.files:
        if entry.link_count > 1:
            # A hard link can make a file from outside the assessment look like evidence.
            message = "is a hard link; make sure it is meant to be included"
            print_message(f"calib: {entry.item.file} {message}")
    held_back = [item.id for item in chosen.held_back]
    message = f"Wrote {plural(len(members), 'file')} ({len(chosen.files)} evidence)."
    message += f" Left out as confidential: {len(held_back)}." if held_back else ""
    facts = {
        "members": members,
        "evidence_files": len(chosen.files),
        "held_back": held_back,
        "troubles": problems,
    }
    ExportSummary(output, message, facts).print(as_json=as_json)


@export.command()
@ASSESSMENT_ARGUMENT
@output_option(
    required=True,
    metavar="FILE",
    help="Output file, .docx.",
)
@REPORT_DATE_OPTION
@brand_options
@handle_errors
def docx(assessment: str, output: Path, report_date: str, **parameters: str) -> None:
    """Export the responses as a Word document to edit and sign.

    One chapter per control with the narrative (without review marks), third-party services and the
    evidence to submit, then the submitted case studies and signature lines. An existing file is
    never overwritten.

    \b
    Example:
      calib export docx acme -o responses.docx --confidentiality "In confidence"
    """
    from calib.report.responses import write_responses

    day = report_date or local_today().isoformat()
    values = {"assessment": assessment, **parameters, "report_date": day}
    with option_names_in_errors():
        click.echo(write_responses(values, output))


def _check_may_write(output: Path, *, overwrite: bool) -> None:
    from calib.exchange.checked_write import check_new_file

    if not overwrite:
        check_new_file(output)


def check_secrets(found: Assessment, *, allow: bool) -> None:
    """Raise BadInput if a text contains a secret, unless that is allowed."""
    from calib.exchange.secret_check import check_for_secrets

    if not allow:
        check_for_secrets(found)


def _build_report(assessment: str, result: Result, parameters: dict[str, str]) -> dict[str, bytes]:
    """Build the report for a pack; raises BadInput if the assessment changed in the meantime."""
    from calib.report.run_notebook import ReportFailed
    from calib.report.write import write_report

    day = result.today.isoformat()
    values = {"assessment": assessment, "report_date": day, **parameters}
    with tempfile.TemporaryDirectory(prefix="calib-pack-") as scratch:
        try:
            with option_names_in_errors():
                files, replaced, data = write_report(values, Path(scratch))
        except ReportFailed as error:
            exit_with(f"{error}\nNothing was written.", ExitCode.DEFECT)
        report = {path.name: path.read_bytes() for path in files.values()}
    # The report loads the folder again. Evidence and report have to describe the same answers.
    if data["content_hash"] != result.content_hash:
        remedy = "close open forms, then export again"
        raise BadInput([Problem(assessment, "has been changed during the export", remedy=remedy)])
    warn_replaced_characters(replaced)
    return report
