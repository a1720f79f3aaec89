"""`calib import` and `calib fill`: read and write AWS's self-assessment workbook."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from calib.cli.options import (
    ASSESSMENT_ARGUMENT,
    DATE_OPTION,
    JSON_OPTION,
    current_author,
    load_and_assess,
    must_not_be_example,
    partner_from_folder,
)
from calib.cli.root import handle_errors, main, print_message
from calib.errors import BadInput, Problem

if TYPE_CHECKING:
    from calib.exchange.aws_workbook.fill_plan import FillPlan
    from calib.exchange.aws_workbook.reader import WorkbookAnswers
    from calib.model import Catalog

_DRY_RUN_OPTION = click.option(
    "--dry-run", is_flag=True, help="Show the changes without writing anything."
)
_PATH = click.Path(path_type=Path)


@main.command("import")
@click.argument("file", metavar="FILE", type=_PATH)
@ASSESSMENT_ARGUMENT
@click.option("--partner", default="", metavar="NAME", help="Partner's name in a new assessment.")
@click.option("--replace", is_flag=True, help="Replace differing answers in DIR by those of FILE.")
@_DRY_RUN_OPTION
@JSON_OPTION
@handle_errors
def import_(
    file: Path, assessment: str, partner: str, replace: bool, dry_run: bool, as_json: bool
) -> None:
    """Import AWS's self-assessment workbook into DIR.

    FILE is the workbook (.xlsx) or a partner_responses.csv. If DIR does not exist, a new assessment
    is created. In an existing one, only empty fields are filled in. Where the answers differ, DIR
    keeps its own and the form asks which one to use; with --replace, FILE wins, and `calib undo`
    restores the old answers one by one. Every imported cell is listed, and every text that is not
    imported.

    \b
    Examples:
      calib import self-assessment.xlsx acme --partner "Acme Cloud"
      calib import self-assessment.xlsx acme --dry-run
      calib import self-assessment.xlsx acme --replace
    """
    from calib.catalog.load import load_catalog
    from calib.cli import aws_workbook_output
    from calib.exchange.aws_workbook.importer import import_as_new, import_into_store, plan_import
    from calib.store.create import check_new_folder
    from calib.store.load import load_assessment
    from calib.store.session import Store

    if file.is_dir() and Path(assessment).is_file():
        raise click.UsageError("The order is: calib import FILE DIR.")
    catalog = load_catalog()
    answers = _read_answers(file, catalog)
    folder = _find_folder(assessment)
    exists = (folder / "assessment.yaml").exists()
    if not exists:
        check_new_folder(folder)
    before = load_assessment(folder, catalog) if exists else None
    fields = plan_import(answers, catalog, before, replacing=replace)
    if not dry_run and exists:
        fields = import_into_store(Store.open(folder, current_author()), fields)
    elif not dry_run:
        import_as_new(folder, catalog, fields, partner or partner_from_folder(folder), file)
    if as_json:
        summary = aws_workbook_output.import_json(answers, fields)
        click.echo(json.dumps(summary, ensure_ascii=False, indent=1))
    else:
        aws_workbook_output.print_import(answers, fields)
    aws_workbook_output.print_import_summary(answers, fields)
    if dry_run:
        print_message("Nothing was written.")
    else:
        aws_workbook_output.print_next_step(assessment, fields, merged=exists)


def _read_answers(file: Path, catalog: Catalog) -> WorkbookAnswers:
    from calib.exchange.aws_workbook.reader import read_workbook
    from calib.exchange.aws_workbook.responses_csv import read_responses_csv

    is_csv = file.suffix.lower() == ".csv"
    return read_responses_csv(file, catalog) if is_csv else read_workbook(file, catalog).answers


def _find_folder(assessment: str) -> Path:
    """Return the folder of a new or existing assessment; raises BadInput for an example."""
    from calib.store.locate import find_assessment

    must_not_be_example(assessment)
    return find_assessment(assessment)


@main.command()
@ASSESSMENT_ARGUMENT
@click.argument("file", metavar="FILE", type=_PATH)
@click.option("-o", "--output", type=_PATH, metavar="OUT.xlsx", help="The workbook to write.")
@click.option(
    "--submission",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="Write to FOLDER, with partner_responses.csv, supporting_docs/ and reports/.",
)
@click.option(
    "--override",
    "overrides",
    multiple=True,
    metavar="CONTROL=REASON",
    help="Enter Yes under Met? although the gate is not met; logged. CONTROL#2=REASON for one "
    "customer reference.",
)
@click.option("--replace", is_flag=True, help="Overwrite existing output files.")
@_DRY_RUN_OPTION
@DATE_OPTION
@JSON_OPTION
@handle_errors
def fill(
    assessment: str,
    file: Path,
    output: Path | None,
    submission: Path | None,
    overrides: tuple[str, ...],
    replace: bool,
    dry_run: bool,
    today: date,
    as_json: bool,
) -> None:
    """Fill in a copy of AWS's self-assessment workbook.

    FILE is the workbook (.xlsx); it is never changed. In the copy, only the response cells and the
    Met? cells that differ from DIR change. Drop-downs, styles, comments, links, other sheets and
    other controls are preserved. Met? is Yes only if the gate is met.

    \b
    Examples:
      calib fill acme self-assessment.xlsx --dry-run
      calib fill acme self-assessment.xlsx -o filled.xlsx
      calib fill acme self-assessment.xlsx --submission submission
      calib fill acme self-assessment.xlsx -o filled.xlsx --override "CONTROL=why it is met"
    """
    from calib.cli import aws_workbook_output
    from calib.exchange.aws_workbook.fill_plan import plan_fill
    from calib.exchange.aws_workbook.omissions import list_omissions
    from calib.exchange.aws_workbook.reader import read_workbook
    from calib.exchange.aws_workbook.writer import fill_workbook, save_workbook

    target = _choose_target(output, submission, file, dry_run=dry_run)
    reasons = _parse_overrides(overrides)
    catalog, found, result = load_and_assess(assessment, today)
    book = read_workbook(file, catalog)
    _check_targets(file, target, submission, replace=replace)
    plan = plan_fill(book, found, result, reasons)
    data = fill_workbook(book, plan.changes)
    if target is not None and not dry_run:
        _log_overrides(assessment, target, plan)
        save_workbook(data, target, replacing=replace)
        if submission is not None:
            _write_submission(submission, target, catalog, replace=replace)
    omissions = list_omissions(found, plan.studies)
    aws_workbook_output.print_fill(book, plan, omissions, all_lines=dry_run, as_json=as_json)
    aws_workbook_output.print_fill_summary(book, plan, omissions, result)
    print_message("Nothing was written." if dry_run else f"Wrote {target}. Verified.")


def _choose_target(
    output: Path | None, submission: Path | None, file: Path, *, dry_run: bool
) -> Path | None:
    """Return the workbook to write; None for a dry run without an output."""
    if output and submission:
        raise click.UsageError("Give either -o OUT.xlsx or --submission FOLDER, not both.")
    if not (output or submission or dry_run):
        raise click.UsageError("Give -o OUT.xlsx, --submission FOLDER or --dry-run.")
    target = submission / file.name if submission else output
    if output and output.is_dir():
        remedy = f"give a file name, e.g. {output / f'filled-{file.name}'}"
        raise BadInput([Problem(str(output), "is a folder", remedy=remedy)])
    if target is not None and target.suffix.lower() != ".xlsx":
        remedy = f"use the name {target.stem or 'filled'}.xlsx"
        raise BadInput([Problem(str(target), "must be an .xlsx file", remedy=remedy)])
    return target


def _parse_overrides(overrides: Sequence[str]) -> dict[str, str]:
    """Return the reasons by control; raises BadInput for an override without a reason."""
    split = [override.partition("=") for override in overrides]
    bare = [name for name, _, reason in split if not reason.strip()]
    if bare:
        raise BadInput(
            [Problem("--override", f"{n}: has no reason", remedy=f"{n}=REASON") for n in bare]
        )
    return {name.strip().upper(): reason.strip() for name, _, reason in split}


def _check_targets(
    file: Path, target: Path | None, submission: Path | None, *, replace: bool
) -> None:
    """Raise BadInput if an output file is FILE itself or exists and may not be replaced."""
    from calib.exchange.aws_workbook.responses_csv import FILE_NAME
    from calib.exchange.aws_workbook.writer import check_target

    for path in (target, submission and submission / FILE_NAME):
        if path is not None:
            check_target(path, file, replacing=replace)


def _log_overrides(assessment: str, target: Path, plan: FillPlan) -> None:
    """Log the overrides with author and reason, before the workbook with them is written."""
    if not plan.overridden:
        return
    from calib.store.session import Store

    entries = {
        f"Met? of {name}": f"Yes against the gate: {reason}"
        for name, reason in plan.overridden.items()
    }
    Store.open(_find_folder(assessment), current_author()).log_fill(target.name, entries)


def _write_submission(submission: Path, target: Path, catalog: Catalog, *, replace: bool) -> None:
    """Write the other files of a submission, from the workbook as it was saved."""
    from calib.exchange.aws_workbook.reader import read_workbook
    from calib.exchange.aws_workbook.responses_csv import write_submission

    entries = read_workbook(target, catalog).answers.entries
    for path in write_submission(submission, entries, replacing=replace):
        click.echo(path)
