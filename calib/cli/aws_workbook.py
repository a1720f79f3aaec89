"""`calib import` and `calib fill`: AWS's self-assessment workbook, in and out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from calib.cli.options import DATE, FOLDER, JSON, author
from calib.cli.root import guarded, main, say
from calib.errors import BadInput, Problem

if TYPE_CHECKING:
    from calib.exchange.aws_workbook.fill_plan import FillPlan
    from calib.exchange.aws_workbook.reader import Answers
    from calib.model import Catalog

_DRY = click.option("--dry-run", is_flag=True, help="Say what would be done, and write nothing.")
_PATH = click.Path(path_type=Path)


@main.command("import")
@click.argument("file", metavar="FILE", type=_PATH)
@FOLDER
@click.option("--partner", default="", help="The partner's name, for a new assessment.")
@click.option("--replace", is_flag=True, help="Take the workbook's text where both say something.")
@_DRY
@JSON
@guarded
def import_(
    file: Path, assessment: str, partner: str, replace: bool, dry_run: bool, as_json: bool
) -> None:
    """Take AWS's self-assessment workbook FILE.xlsx into DIR.

    A DIR that is not there becomes a new assessment. One that has answers keeps them: what it does
    not say is taken, and where both say something else the workbook's text is set aside as a
    conflict, for the forms to ask, or taken with --replace (`calib undo` brings the other back, one
    field at a time). Every cell that is read is listed, and every text that is not. A list
    partner_responses.csv is read as well.

    \b
    calib import self-assessment.xlsx acme --partner "Acme Cloud"
    calib import self-assessment.xlsx acme --dry-run
    calib import self-assessment.xlsx acme --replace
    """
    from calib.catalog.load import load_catalog
    from calib.cli import aws_workbook_output
    from calib.exchange.aws_workbook.importer import make_assessment, merge_into, plan_import
    from calib.store.create import must_be_new
    from calib.store.load import load_assessment
    from calib.store.session import Store

    if file.is_dir() and Path(assessment).is_file():
        raise click.UsageError("The workbook comes first: calib import FILE.xlsx DIR.")
    catalog = load_catalog()
    answers = _answers(file, catalog)
    folder = _writable(assessment)
    is_there = (folder / "assessment.yaml").exists()
    if not is_there:
        must_be_new(folder)
    before = load_assessment(folder, catalog) if is_there else None
    taken = plan_import(answers, catalog, before, replacing=replace)
    if not dry_run and is_there:
        taken = merge_into(Store.open(folder, author()), taken)
    elif not dry_run:
        named = partner or folder.resolve().name.replace("-", " ").replace("_", " ").title()
        make_assessment(folder, catalog, taken, named, file)
    if as_json:
        told = aws_workbook_output.import_json(answers, taken)
        click.echo(json.dumps(told, ensure_ascii=False, indent=1))
    else:
        aws_workbook_output.print_import(answers, taken)
    aws_workbook_output.say_import(answers, taken)
    if dry_run:
        say("Nothing was written.")
    else:
        aws_workbook_output.say_next(assessment, taken, merged=is_there)


def _answers(file: Path, catalog: Catalog) -> Answers:
    from calib.exchange.aws_workbook.reader import read_book
    from calib.exchange.aws_workbook.responses_csv import read_responses

    is_list = file.suffix.lower() == ".csv"
    return read_responses(file, catalog) if is_list else read_book(file, catalog).answers


def _writable(assessment: str) -> Path:
    from calib.store.locate import find_assessment

    if assessment.startswith("example:"):
        remedy = "copy it first, as `calib new demo --example halfway`"
        raise BadInput([Problem(assessment, "an example cannot be written to", remedy=remedy)])
    return find_assessment(assessment)


@main.command()
@FOLDER
@click.argument("file", metavar="FILE.xlsx", type=_PATH)
@click.option("-o", "--output", type=_PATH, metavar="OUT.xlsx", help="The workbook to write.")
@click.option(
    "--submission",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="Write it into this folder, with partner_responses.csv, supporting_docs/ and reports/.",
)
@click.option(
    "--override",
    "overrides",
    multiple=True,
    metavar="CONTROL=WHY",
    help="Say Yes under Met? although the gate does not hold; it is logged. CONTROL#2 for one "
    "customer reference.",
)
@click.option("--replace", is_flag=True, help="Write over an OUT.xlsx that is there.")
@_DRY
@DATE
@JSON
@guarded
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
    """Write the answers of DIR into a copy of AWS's self-assessment workbook FILE.xlsx.

    Only the cells of the responses and of Met? change, and only where the assessment says
    something else; drop-downs, styles, comments, links, other sheets and other controls stay as
    they are. Met? says Yes only where the gate holds. FILE.xlsx itself is never changed.

    \b
    calib fill acme self-assessment.xlsx --dry-run
    calib fill acme self-assessment.xlsx -o filled.xlsx
    calib fill acme self-assessment.xlsx --submission submission
    calib fill acme self-assessment.xlsx -o filled.xlsx --override "CONTROL=why it is met"
    """
    from calib.cli import aws_workbook_output
    from calib.cli.options import assessed
    from calib.exchange.aws_workbook.fill_plan import plan_fill
    from calib.exchange.aws_workbook.omissions import left_behind
    from calib.exchange.aws_workbook.reader import read_book
    from calib.exchange.aws_workbook.responses_csv import NAME
    from calib.exchange.aws_workbook.writer import filled, must_be_free, save

    target = _target(output, submission, file, dry_run=dry_run)
    reasons = _reasons(overrides)
    catalog, found, result = assessed(assessment, today)
    book = read_book(file, catalog)
    for path in (target, submission and submission / NAME):
        if path is not None:
            must_be_free(path, file, replacing=replace)
    plan = plan_fill(book, found, result, reasons)
    data = filled(book, plan.changes)
    if target is not None and not dry_run:
        _log_overrides(assessment, target, plan)
        save(data, target, replacing=replace)
        if submission is not None:
            _write_list(submission, target, catalog, replace=replace)
    left = left_behind(found, plan.studies)
    if as_json:
        click.echo(
            json.dumps(
                aws_workbook_output.fill_json(book, plan, left), ensure_ascii=False, indent=1
            )
        )
    else:
        aws_workbook_output.print_fill(book, plan, whole=dry_run)
    aws_workbook_output.say_fill(book, plan, left, result)
    say("Nothing was written." if dry_run else f"Wrote {target}, and read it again to make sure.")


def _target(
    output: Path | None, submission: Path | None, file: Path, *, dry_run: bool
) -> Path | None:
    if output and submission:
        raise click.UsageError("-o OUT.xlsx or --submission FOLDER, not both.")
    if not (output or submission or dry_run):
        raise click.UsageError("Say where to write: -o OUT.xlsx, or --submission FOLDER.")
    target = submission / file.name if submission else output
    if output and output.is_dir():
        remedy = f"name a file in it, as {output / f'filled-{file.name}'}"
        raise BadInput([Problem(str(output), "is a folder", remedy=remedy)])
    if target is not None and target.suffix.lower() != ".xlsx":
        remedy = f"call it {target.stem or 'filled'}.xlsx"
        raise BadInput([Problem(str(target), "the filled file is a workbook", remedy=remedy)])
    return target


def _reasons(overrides: Sequence[str]) -> dict[str, str]:
    split = [one.partition("=") for one in overrides]
    bare = [name for name, _, why in split if not why.strip()]
    if bare:
        said = "gives no reason"
        raise BadInput([Problem("--override", f"{n}: {said}", remedy=f"{n}=WHY") for n in bare])
    return {name.strip().upper(): why.strip() for name, _, why in split}


def _log_overrides(assessment: str, target: Path, plan: FillPlan) -> None:
    """Write down who says Yes against the gate, and why, before anything says Yes."""
    if not plan.overridden:
        return
    from calib.store.session import Store

    told = {
        f"Met? of {name}": f"Yes against the gate: {why}" for name, why in plan.overridden.items()
    }
    Store.open(_writable(assessment), author()).note_fill(target.name, told)


def _write_list(submission: Path, target: Path, catalog: Catalog, *, replace: bool) -> None:
    from calib.exchange.aws_workbook.reader import read_book
    from calib.exchange.aws_workbook.responses_csv import write_folder

    entries = read_book(target, catalog).answers.entries
    for path in write_folder(submission, entries, replacing=replace):
        click.echo(path)
