"""`calib export`: Well-Architected lens and OSCAL."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from calib.cli.export import (
    ALLOW_PRIVATE_OPTION,
    JSON_SUMMARY_OPTION,
    OUTPUT_OPTION,
    ExportSummary,
    check_secrets,
    export,
)
from calib.cli.options import (
    ASSESSMENT_ARGUMENT,
    DATE_OPTION,
    input_errors,
    load_and_assess,
    output_option,
)
from calib.cli.root import handle_errors, print_message
from calib.errors import BadInput, Problem
from calib.text import plural


@export.command("lens")
@output_option(metavar="FILE", help="Output file.")
@click.option(
    "--check",
    "check_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Validate an edited lens against the format's limits; write nothing.",
)
@JSON_SUMMARY_OPTION
@handle_errors
def export_lens(output: Path | None, check_file: Path | None, as_json: bool) -> None:
    """Export the catalog as a custom lens (AWS WA Tool).

    The lens can be uploaded to the AWS Well-Architected Tool. It contains only questions of the
    catalog, and no data of a partner or customer.

    \b
    Examples:
      calib export lens -o lens.json
      calib export lens --check lens-edited.json
    """
    from calib.catalog.load import load_catalog
    from calib.exchange.lens import build_lens, write_lens

    if check_file is not None and output is None:
        _validate_lens(check_file)
        return
    if output is None or check_file is not None:
        raise click.UsageError("Give either --output or --check.")
    catalog = load_catalog()
    pillars = build_lens(catalog).pillars
    counts = {
        "pillars": len(pillars),
        "questions": sum(len(p.questions) for p in pillars),
        "choices": sum(len(q.choices) for p in pillars for q in p.questions),
    }
    write_lens(catalog, output)
    message = ", ".join(f"{count} {name}" for name, count in counts.items())
    ExportSummary(output, f"Wrote {message}.", counts).print(as_json=as_json)


def _validate_lens(path: Path) -> None:
    """Print the tolerable flaws of a lens; raises BadInput for the others."""
    from calib.exchange.lens import find_lens_flaws

    with input_errors(str(path)):
        flaws = find_lens_flaws(path.read_bytes())
    for flaw in flaws:
        if flaw.tolerable:
            print_message(f"{path}: {flaw} (also found in lenses published by AWS)")
    problems = [Problem(str(path), f.message, place=f.path) for f in flaws if not f.tolerable]
    if problems:
        raise BadInput(problems)
    print_message(f"{path}: valid, within all limits of the lens format.")


@export.command("lens-answers")
@ASSESSMENT_ARGUMENT
@OUTPUT_OPTION
@ALLOW_PRIVATE_OPTION
@DATE_OPTION
@JSON_SUMMARY_OPTION
@handle_errors
def export_lens_answers(
    assessment: str, output: Path, allow_private: bool, today: date, as_json: bool
) -> None:
    """Export the answers to the lens, as UpdateAnswer fields.

    For each question: the choices that are in place, and the response as notes. Notes longer than
    2,084 characters are cut off, with a remark at the end.

    \b
    Example:
      calib export lens-answers acme -o answers.json
    """
    from calib.exchange.lens import write_lens_answers

    catalog, found, result = load_and_assess(assessment, today)
    check_secrets(found, allow=allow_private)
    count = write_lens_answers(catalog, result, output)
    message = f"Wrote {plural(count, 'answer')}."
    ExportSummary(output, message, {"answers": count}).print(as_json=as_json)


@export.command("oscal-catalog")
@OUTPUT_OPTION
@JSON_SUMMARY_OPTION
@handle_errors
def export_oscal_catalog(output: Path, as_json: bool) -> None:
    """Export the catalog as an OSCAL catalog.

    Each criterion is an objective of its control.

    \b
    Example:
      calib export oscal-catalog -o catalog.json
    """
    from calib.catalog.load import load_catalog
    from calib.exchange.oscal import write_oscal_catalog

    controls, objectives = write_oscal_catalog(load_catalog(), output)
    facts = {"controls": controls, "objectives": objectives}
    message = f"Wrote {controls} controls with {objectives} objectives."
    ExportSummary(output, message, facts).print(as_json=as_json)


@export.command("oscal-results")
@ASSESSMENT_ARGUMENT
@OUTPUT_OPTION
@ALLOW_PRIVATE_OPTION
@DATE_OPTION
@JSON_SUMMARY_OPTION
@handle_errors
def export_oscal_results(
    assessment: str, output: Path, allow_private: bool, today: date, as_json: bool
) -> None:
    """Export the results as OSCAL assessment results.

    One finding per objective; gaps are risks with a remediation. Evidence is listed with its
    SHA-256; its files are not included.

    \b
    Example:
      calib export oscal-results acme -o results.json
    """
    from calib.exchange.oscal import write_oscal_results
    from calib.scoring.plan import make_plan
    from calib.store.locate import find_assessment

    catalog, found, result = load_and_assess(assessment, today)
    check_secrets(found, allow=allow_private)
    plan = make_plan(result, found.plan)
    findings, risks = write_oscal_results(
        find_assessment(assessment), catalog, result, plan, output
    )
    facts = {"findings": findings, "risks": risks}
    message = f"Wrote {findings} findings and {plural(risks, 'risk')}."
    ExportSummary(output, message, facts).print(as_json=as_json)
