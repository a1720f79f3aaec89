"""`calib qualify`: what case studies show, and which four go best together."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import click

from calib.cli.options import DATE, JSON, assessed, read_lines, source
from calib.cli.root import guarded, main, say
from calib.errors import BadInput, Problem


@main.command()
@click.argument("assessment", metavar="[DIR]", required=False)
@click.option(
    "--jsonl",
    metavar="FILE",
    help="Judge JSON Lines {case_studies: [...]}; - reads standard input.",
)
@click.option("--best", is_flag=True, help="Name the best four of all studies, and the next best.")
@DATE
@JSON
@guarded
def qualify(
    assessment: str | None, jsonl: str | None, best: bool, today: date, as_json: bool
) -> None:
    """Judge the case studies of DIR: each by itself, and the four together.

    With --best, the four of all studies, submitted or not, that go best together, and what each
    leads with: the most kinds of solution first, then the strongest write-ups. Where no four
    qualify, the least change after which four do.

    \b
    calib qualify acme
    calib qualify acme --best
    calib qualify acme --best --json

    With --jsonl one set per line, {"case_studies": [{title, customer, challenge, solution,
    services, primary_service, could_lead, solution_types, migrated_from, results}]}, and per line
    one verdict {"qualified_count", "set_qualifies", "reasons"}. Every defect is listed, also one
    that does not block.
    """
    if jsonl is not None:
        if assessment is not None or best:
            raise click.UsageError("--jsonl FILE stands alone, without a folder and --best.")
        _qualify_lines(jsonl)
        return
    if assessment is None:
        raise click.UsageError("Name an assessment folder, or --jsonl FILE.")
    catalog, _, result = assessed(assessment, today)
    found = result.qualification
    if as_json:
        parts = {"points", "best", "change"} if best else None
        click.echo(found.model_dump_json(indent=1, include=parts))
    elif best:
        _print_best(found)
    else:
        _print_studies(found, {f.id: f.name for f in catalog.qualification.families})


def _print_studies(found: Any, names: dict[str, str]) -> None:
    for study in found.studies:
        word = (
            click.style("qualifies", fg="green")
            if study.qualified
            else click.style("does not qualify", fg="red")
        )
        click.echo(
            f"{study.number}. {study.title or study.slug}  [{study.stands}]  {word}  "
            f"leads with {names.get(study.family, study.primary_service or '-')}  "
            f"write-up {study.strength} of {found.points}"
        )
        for finding in study.findings:
            click.echo(f"     {finding.message} {finding.remediation}")
    for finding in found.findings:
        click.echo(f"The set: {finding.message} {finding.remediation}")
    if found.chosen_by_program:
        say("No study is marked as submitted, so the best set as they stand was taken.")
    say(
        f"{found.qualified_count} of {found.needed} qualify; "
        f"the set {'qualifies' if found.set_qualifies else 'does not qualify'}."
    )
    if found.best and not found.set_qualifies:
        say("With --best: the best four of all, and the least change after which four qualify.")


def _print_best(found: Any) -> None:
    if not found.best:
        say("There is no case study yet.")
        return
    from calib.text import plural

    best, *others = found.best
    if found.change:
        click.echo(
            "No four of these studies qualify together yet. The least change after which four do:"
        )
        for gap in found.change:
            click.echo(f"  - {gap.action}  [{gap.effort}, {plural(gap.days, 'day')}]")
        click.echo("The four after that:")
    for number, lead in enumerate(best.leads, start=1):
        now = f" instead of {lead.instead_of}" if lead.instead_of else ""
        written = f"write-up {lead.strength} of {found.points}" if lead.slug else "to be written"
        title = click.style(lead.title, bold=True)
        click.echo(f"{number}. {title}  leads with {lead.service}{now}  {written}")
        for lack in lead.lacks:
            click.echo(f"     {lack}")
    click.echo(best.why)
    if others:
        click.echo("Next to it:")
    for other in others:
        click.echo(f"  {other.why}")
    if found.chosen_by_program:
        say("No study is marked as submitted yet.")
    elif not found.change:
        state = "are what is submitted" if best.submitted else "are not what is submitted"
        say(f"The best four {state}.")


_LISTS = ("services", "could_lead", "solution_types", "tech_stack")
_TEXTS = (
    "title",
    "customer",
    "challenge",
    "solution",
    "results",
    "primary_service",
    "migrated_from",
)


def _qualify_lines(path: str) -> None:
    from calib.catalog.load import load_catalog
    from calib.qualification import qualify as judge

    rules = load_catalog().qualification
    sets = []
    rows, problems = read_lines(path)
    for number, row in rows:
        studies, wrong = _studies(source(path), number, row)
        sets.append(studies)
        problems += wrong
    if problems:
        raise BadInput(problems)
    for studies in sets:
        found = judge(rules, studies)
        fields = {"qualified_count", "set_qualifies", "reasons"}
        click.echo(json.dumps(found.model_dump(mode="json", include=fields), ensure_ascii=False))


def _studies(path: str, number: int, row: Any) -> tuple[list[Any], list[Problem]]:
    """Read the case studies of one line; unknown keys are named and left out."""
    from calib.model import CaseStudy

    given = row.get("case_studies")
    if not isinstance(given, list):
        return [], [Problem(path, "must be a list", number, "case_studies")]
    studies, problems = [], []
    for index, study in enumerate(given):
        place = f"case_studies[{index}]"
        if not isinstance(study, dict):
            problems.append(Problem(path, "must be an object", number, place))
            continue
        values: dict[str, Any] = {}
        for key, value in study.items():
            if key in _LISTS:
                value = [value] if isinstance(value, str) else value
                good = value is None or (
                    isinstance(value, list) and all(isinstance(v, str) for v in value)
                )
                values[key] = tuple(value or ()) if good else ()
            elif key in _TEXTS:
                value = "\n".join(map(str, value)) if isinstance(value, list) else value
                good = value is None or isinstance(value, str)
                values[key] = value or ""
            else:
                say(f"calib: {path}:{number}: {place}.{key}: unknown key, left out")
                continue
            if not good:
                kind = "a list of texts" if key in _LISTS else "a text"
                problems.append(Problem(path, f"must be {kind}", number, f"{place}.{key}"))
        if not problems:
            studies.append(CaseStudy(**values))
    return studies, problems
