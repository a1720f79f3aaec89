"""`calib export`: an assessment, or what it is judged by, in the formats of others."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import click

from calib.cli.options import DATE, FOLDER, as_option, branded
from calib.cli.root import Exit, guarded, leave, main, say
from calib.errors import BadInput, Problem

OUTPUT = click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    required=True,
    metavar="FILE",
    help="The file to write; one that is there is replaced when the new one is whole.",
)
NEW_OUTPUT = click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    required=True,
    metavar="FILE",
    help="The file to write, .xlsx or .csv.",
)
OVERWRITE = click.option(
    "--overwrite",
    is_flag=True,
    help="Replace FILE where it is there, with whatever somebody typed in it.",
)
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print what was written as JSON.")
ALLOW_PRIVATE = click.option(
    "--allow-private",
    is_flag=True,
    help="Write even where a text looks as if it held a key or a password.",
)


@dataclass(frozen=True)
class Done:
    """Hold what an export came to: sentences for a person, facts for a script."""

    path: Path
    sentence: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    def tell(self, *, as_json: bool) -> None:
        """Print the file, or the facts as JSON."""
        if not as_json:
            click.echo(self.path)
            say(f"{self.sentence} Read again and found whole.")
            return
        with self.path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        facts = {"file": str(self.path), "sha256": digest, **self.facts}
        click.echo(json.dumps(facts, ensure_ascii=False))


@main.group()
def export() -> None:
    """Write DIR for others: documents, spreadsheets, the evidence pack, a lens, OSCAL.

    Each file is written beside its place, read again and checked, and only then put there: a run
    that fails leaves what was there. The same folder and --date give the same bytes.

    \b
    calib export docx acme -o responses.docx
    calib export gaps acme -o gaps.xlsx
    calib export pack acme -o acme-evidence.zip
    calib export lens -o lens.json
    calib export oscal-results acme -o results.json

    docs/exchange.md says what each format holds and what it does not.
    """


@export.command("plan")
@FOLDER
@NEW_OUTPUT
@OVERWRITE
@DATE
@AS_JSON
@guarded
def export_plan(assessment: str, output: Path, overwrite: bool, today: date, as_json: bool) -> None:
    """Write the improvement plan of DIR as .xlsx or .csv: what to do, in which order, by when.

    \b
    calib export plan acme -o plan.xlsx
    """
    from calib.cli.options import assessed
    from calib.exchange.plan import write_plan
    from calib.scoring.plan import make_plan
    from calib.text import plural

    _, found, result = assessed(assessment, today)
    _may_write(output, overwrite=overwrite)
    made = make_plan(result, found.plan)
    write_plan(made, result.profile.partner, result.today, output)
    count = len(made.steps)
    said = f"Wrote {plural(count, 'remediation action')}."
    Done(output, said, {"rows": count}).tell(as_json=as_json)


@export.command("gaps")
@FOLDER
@NEW_OUTPUT
@OVERWRITE
@DATE
@AS_JSON
@guarded
def export_gaps(assessment: str, output: Path, overwrite: bool, today: date, as_json: bool) -> None:
    """Write the gap register of DIR as .xlsx or .csv: every open gap, and how to close it.

    A row for each gap: control, criterion, what is missing, remediation, what to write next,
    artefact, effort, levels, owner, due date, status.

    \b
    calib export gaps acme -o gaps.xlsx
    calib export gaps acme -o gaps.csv --overwrite
    """
    from calib.cli.options import assessed
    from calib.exchange.gap_register import gap_table
    from calib.exchange.table import write_table
    from calib.scoring.plan import make_plan
    from calib.text import plural

    catalog, found, result = assessed(assessment, today)
    _may_write(output, overwrite=overwrite)
    table = gap_table(catalog, result, make_plan(result, found.plan))
    write_table(table, output)
    count = len(table.rows)
    Done(output, f"Wrote {plural(count, 'gap')}.", {"rows": count}).tell(as_json=as_json)


@export.command("pack")
@FOLDER
@OUTPUT
@click.option("--confidential", is_flag=True, help="Pack confidential evidence as well.")
@click.option(
    "--allow-missing",
    is_flag=True,
    help="Pack without the evidence that is missing, and with what was changed.",
)
@click.option(
    "--charts",
    type=click.Choice(["interactive", "static"]),
    default="static",
    show_default=True,
    help="static leaves every script out of the HTML report.",
)
@ALLOW_PRIVATE
@branded
@DATE
@AS_JSON
@guarded
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
    """Write the evidence pack of DIR as a zip: report, responses, register, evidence files.

    Only regular files inside DIR/evidence that the register names go in, with the SHA-256 of
    everything in sha256sums.txt. What the register marks confidential stays out; the report and the
    register still name it. A key or a password in a text, or evidence that is missing or was
    changed, is an error.

    \b
    calib export pack acme -o acme-evidence.zip
    calib export pack acme -o acme-all.zip --confidential
    """
    from calib.cli.options import assessed
    from calib.exchange.pack import select, write_pack
    from calib.store.locate import find_assessment

    folder = find_assessment(assessment)
    _, found, result = assessed(assessment, today)
    guard(found, allow=allow_private)
    chosen = select(folder, result, confidential=confidential, allow_missing=allow_missing)
    report = _report(assessment, result, parameters)
    members = write_pack(folder, result, chosen, report, output)
    troubles = [f"{one.item.file}: {one.why}" for one in chosen.troubles]
    for trouble in troubles:
        say(f"calib: {trouble}")
    for one in chosen.files:
        if one.names > 1:
            say(f"calib: {one.item.file} has a second name on this disk: is it evidence?")
    held = [item.id for item in chosen.held_back]
    facts = {
        "members": members,
        "evidence_files": len(chosen.files),
        "held_back": held,
        "troubles": troubles,
    }
    told = f"Packed {len(members)} members, {len(chosen.files)} of them evidence."
    told += f" Held back as confidential: {len(held)}." if held else ""
    Done(output, told, facts).tell(as_json=as_json)


@export.command()
@FOLDER
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    required=True,
    metavar="FILE.docx",
    help="The document to write.",
)
@click.option(
    "--date", "report_date", default="", metavar="YYYY-MM-DD", help="Write it as of this day."
)
@branded
@guarded
def docx(assessment: str, output: Path, report_date: str, **parameters: str) -> None:
    """Write the responses of DIR as a document that people edit and sign.

    A chapter for each control: the narrative without the reviewer's marks, third-party services,
    and the evidence to hand in; then the submitted case studies, and lines to sign. A file that is
    there already is never overwritten.

    \b
    calib export docx acme -o responses.docx --confidentiality "In confidence"
    """
    from calib.report.responses import write_responses

    day = report_date or date.today().isoformat()  # noqa: DTZ011  the day on the user's wall
    values = {"assessment": assessment, **parameters, "report_date": day}
    try:
        click.echo(write_responses(values, output))
    except BadInput as error:
        raise BadInput([as_option(p) for p in error.problems]) from None


def _may_write(output: Path, *, overwrite: bool) -> None:
    from calib.exchange.checked_write import must_be_new

    if not overwrite:
        must_be_new(output)


def guard(found: Any, *, allow: bool) -> None:
    """Raise BadInput where a text holds what must not leave, unless that is allowed."""
    from calib.exchange.secret_check import must_hold_no_secret

    if not allow:
        must_hold_no_secret(found)


def _report(assessment: str, result: Any, parameters: dict[str, str]) -> dict[str, bytes]:
    """Make the report of a pack, and make sure that it speaks of the same state."""
    from calib.report.write import ReportFailed, write_report

    day = result.today.isoformat()
    values = {"assessment": assessment, "report_date": day, **parameters}
    with tempfile.TemporaryDirectory(prefix="calib-pack-") as scratch:
        try:
            files, replaced, data = write_report(values, Path(scratch))
        except ReportFailed as error:
            leave(f"{error}\nNothing was written.", Exit.DEFECT)
        except BadInput as error:
            raise BadInput([as_option(p) for p in error.problems]) from None
        report = {path.name: path.read_bytes() for path in files.values()}
    if data["content_hash"] != result.content_hash:
        remedy = "wait until nobody types, then pack again"
        raise BadInput([Problem(assessment, "was changed while it was packed", remedy=remedy)])
    if replaced:
        say(f"calib: no font has {', '.join(replaced)}; the PDF shows their code points")
    return report
