"""`calib export lens, lens-answers, oscal-catalog, oscal-results`: the standards of others."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from calib.cli.export import ALLOW_PRIVATE, AS_JSON, OUTPUT, Done, export, guard
from calib.cli.options import DATE, FOLDER
from calib.cli.root import guarded, say
from calib.errors import BadInput, Problem


@export.command("lens")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="The file to write."
)
@click.option(
    "--check",
    "check_only",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write nothing; check a lens that somebody changed against the limits.",
)
@AS_JSON
@guarded
def export_lens(output: Path | None, check_only: Path | None, as_json: bool) -> None:
    """Write the catalog as a custom lens for the AWS Well-Architected Tool.

    Questions only: it takes no DIR, so that nothing of a partner or a customer can be in it.

    \b
    calib export lens -o lens.json
    calib export lens --check lens-edited.json
    """
    from calib.catalog.load import load_catalog
    from calib.exchange.lens import make_lens, write_lens

    if (output is None) == (check_only is None):
        raise click.UsageError("Give either --output or --check.")
    if check_only is not None:
        _check_lens(check_only)
        return
    assert output is not None  # noqa: S101  for the type checker
    catalog = load_catalog()
    pillars = make_lens(catalog).pillars
    counts = {
        "pillars": len(pillars),
        "questions": sum(len(p.questions) for p in pillars),
        "choices": sum(len(q.choices) for p in pillars for q in p.questions),
    }
    write_lens(catalog, output)
    said = ", ".join(f"{count} {name}" for name, count in counts.items())
    Done(output, f"Wrote {said}.", counts).tell(as_json=as_json)


@export.command("lens-answers")
@FOLDER
@OUTPUT
@ALLOW_PRIVATE
@DATE
@AS_JSON
@guarded
def export_lens_answers(
    assessment: str, output: Path, allow_private: bool, today: date, as_json: bool
) -> None:
    """Write what DIR answers to the questions of the lens, as fields of UpdateAnswer.

    For each question the choices that are in place, and the response as notes; notes take 2,084
    characters, and what is cut off is said at their end.

    \b
    calib export lens-answers acme -o answers.json
    """
    from calib.cli.options import assessed
    from calib.exchange.lens import write_answers

    catalog, found, result = assessed(assessment, today)
    guard(found, allow=allow_private)
    count = write_answers(catalog, result, output)
    Done(output, f"Wrote {count} answers.", {"answers": count}).tell(as_json=as_json)


@export.command("oscal-catalog")
@OUTPUT
@AS_JSON
@guarded
def export_oscal_catalog(output: Path, as_json: bool) -> None:
    """Write the catalog as an OSCAL catalog: controls, with an objective for each criterion.

    \b
    calib export oscal-catalog -o catalog.json
    """
    from calib.catalog.load import load_catalog
    from calib.exchange.oscal import write_catalog

    controls, asked = write_catalog(load_catalog(), output)
    facts = {"controls": controls, "objectives": asked}
    said = f"Wrote {controls} controls with {asked} objectives."
    Done(output, said, facts).tell(as_json=as_json)


@export.command("oscal-results")
@FOLDER
@OUTPUT
@ALLOW_PRIVATE
@DATE
@AS_JSON
@guarded
def export_oscal_results(
    assessment: str, output: Path, allow_private: bool, today: date, as_json: bool
) -> None:
    """Write how DIR stands as OSCAL assessment results: a finding for each objective.

    Evidence is named with its SHA-256; the files are not in it. Gaps are risks with a remediation.

    \b
    calib export oscal-results acme -o results.json
    """
    from calib.cli.options import assessed
    from calib.exchange.oscal import write_results
    from calib.scoring.plan import make_plan
    from calib.store.locate import find_assessment
    from calib.text import plural

    catalog, found, result = assessed(assessment, today)
    guard(found, allow=allow_private)
    plan = make_plan(result, found.plan)
    findings, risks = write_results(find_assessment(assessment), catalog, result, plan, output)
    facts = {"findings": findings, "risks": risks}
    said = f"Wrote {findings} findings and {plural(risks, 'risk')}."
    Done(output, said, facts).tell(as_json=as_json)


def _check_lens(path: Path) -> None:
    from calib.exchange.lens import flaws

    try:
        found = flaws(path.read_bytes())
    except OSError as error:
        raise BadInput([Problem(str(path), f"cannot be read: {error.strerror}")]) from error
    wrong = [Problem(str(path), f.message, place=f.path) for f in found if not f.tolerable]
    for flaw in found:
        if flaw.tolerable:
            say(f"{path}: {flaw} (lenses that AWS published have this too)")
    if wrong:
        raise BadInput(wrong)
    say(f"{path}: within every limit of the lens format.")
