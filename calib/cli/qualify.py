"""`calib qualify`: check case studies against the qualification rules."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING

import click

from calib.cli.options import (
    DATE_OPTION,
    JSON_OPTION,
    JsonObject,
    load_and_assess,
    read_json_lines,
    source_name,
)
from calib.cli.root import handle_errors, main, print_message
from calib.errors import BadInput, Problem
from calib.text import plural

if TYPE_CHECKING:
    from collections.abc import Mapping

    from calib.model import CaseStudy, QualificationResult


@main.command()
@click.argument("assessment", metavar="[DIR]", required=False)
@click.option(
    "--jsonl",
    metavar="FILE",
    help="Check a JSON Lines file of {case_studies: [...]} instead; - for standard input.",
)
@click.option(
    "--best", is_flag=True, help="Recommend the best set of all case studies, and alternatives."
)
@DATE_OPTION
@JSON_OPTION
@handle_errors
def qualify(
    assessment: str | None, jsonl: str | None, best: bool, today: date, as_json: bool
) -> None:
    """Check whether the case studies of DIR qualify.

    Each case study is checked on its own, and the submitted ones as a set.

    With --best, recommend the best set of all case studies, submitted or not, and a primary service
    for each. The number of solution kinds counts first, then the strength of the write-ups. If no
    set qualifies, show the changes with the least effort that make one qualify.

    With --jsonl, each line is one set: {"case_studies": [{title, customer, challenge, solution,
    services, primary_service, could_lead, solution_types, migrated_from, results}]}. One line of
    output per set: {"qualified_count", "set_qualifies", "reasons"}. The reasons also list defects
    that do not disqualify a case study.

    \b
    Examples:
      calib qualify acme
      calib qualify acme --best
      calib qualify acme --best --json
      calib qualify --jsonl sets.jsonl > verdicts.jsonl
    """
    if jsonl is not None:
        if assessment is not None or best:
            raise click.UsageError("--jsonl FILE cannot be combined with DIR or --best.")
        _qualify_json_lines(jsonl)
        return
    if assessment is None:
        raise click.UsageError("Give DIR or --jsonl FILE.")
    catalog, _, result = load_and_assess(assessment, today)
    found = result.qualification
    if as_json:
        fields = {"points", "best", "change"} if best else None
        click.echo(found.model_dump_json(indent=1, include=fields))
    elif best:
        _print_best(found)
    else:
        _print_studies(found, {f.id: f.name for f in catalog.qualification.families})


def _print_studies(found: QualificationResult, family_names: Mapping[str, str]) -> None:
    for study in found.studies:
        qualifies = (
            click.style("qualifies", fg="green")
            if study.qualified
            else click.style("does not qualify", fg="red")
        )
        service = family_names.get(study.family, study.primary_service or "-")
        click.echo(
            f"{study.number}. {study.title or study.slug}  [{study.role}]  {qualifies}  "
            f"primary service {service}  write-up {study.strength} of {found.points}"
        )
        for finding in study.findings:
            click.echo(f"     {finding.message} {finding.remediation}")
    for finding in found.findings:
        click.echo(f"The set: {finding.message} {finding.remediation}")
    if found.chosen_by_program:
        print_message(
            "No case study has the status `submitted`; the best set of the candidates was checked."
        )
    print_message(
        f"{found.qualified_count} of {found.needed} qualify; "
        f"the set {'qualifies' if found.set_qualifies else 'does not qualify'}."
    )
    if found.best and not found.set_qualifies:
        print_message(
            "Use --best to show the best set, or the least effort that makes a set qualify."
        )


def _print_best(found: QualificationResult) -> None:
    if not found.best:
        print_message("There are no case studies yet.")
        return
    best, *others = found.best
    if found.change:
        click.echo(
            f"No set of {found.needed} case studies qualifies yet. "
            "Changes with the least effort that give a qualifying set:"
        )
        for gap in found.change:
            click.echo(f"  - {gap.action}  [{gap.effort}, {plural(gap.days, 'day')}]")
        click.echo("Recommended set after these changes:")
    for number, lead in enumerate(best.leads, start=1):
        instead = f" instead of {lead.instead_of}" if lead.instead_of else ""
        # Without a slug the case study does not exist yet: writing it is part of the change.
        strength = f"write-up {lead.strength} of {found.points}" if lead.slug else "to be written"
        title = click.style(lead.title, bold=True)
        click.echo(f"{number}. {title}  primary service {lead.service}{instead}  {strength}")
        for lack in lead.lacks:
            click.echo(f"     {lack}")
    click.echo(best.why)
    if others:
        click.echo("Alternatives:")
    for other in others:
        click.echo(f"  {other.why}")
    if found.chosen_by_program:
        print_message("No case study has the status `submitted` yet.")
    elif not found.change:
        same = "are" if best.submitted else "are not"
        print_message(f"The best four {same} the submitted case studies.")


_LIST_KEYS = ("services", "could_lead", "solution_types", "tech_stack")
_TEXT_KEYS = (
    "title",
    "customer",
    "challenge",
    "solution",
    "results",
    "primary_service",
    "migrated_from",
)


def _qualify_json_lines(path: str) -> None:
    from calib.catalog.load import load_catalog
    from calib.qualification import qualify as qualify_set

    rules = load_catalog().qualification
    sets = []
    rows, problems = read_json_lines(path)
    for number, row in rows:
        studies, wrong = _read_case_studies(source_name(path), number, row)
        sets.append(studies)
        problems += wrong
    if problems:
        raise BadInput(problems)
    for studies in sets:
        found = qualify_set(rules, studies)
        fields = {"qualified_count", "set_qualifies", "reasons"}
        click.echo(json.dumps(found.model_dump(mode="json", include=fields), ensure_ascii=False))


def _read_case_studies(
    path: str, number: int, row: JsonObject
) -> tuple[list[CaseStudy], list[Problem]]:
    """Return the case studies of one line and its problems; unknown keys are only reported."""
    from calib.model import CaseStudy

    given = row.get("case_studies")
    if not isinstance(given, list):
        return [], [Problem(path, "must be a list", number, "case_studies")]
    studies: list[CaseStudy] = []
    problems: list[Problem] = []
    for index, study in enumerate(given):
        place = f"case_studies[{index}]"
        if not isinstance(study, dict):
            problems.append(Problem(path, "must be an object", number, place))
            continue
        values: JsonObject = {}
        for key, value in study.items():
            if key in _LIST_KEYS:
                values[key] = _as_texts(value)
            elif key in _TEXT_KEYS:
                values[key] = _as_text(value)
            else:
                print_message(f"calib: {path}:{number}: {place}.{key}: unknown key, ignored")
                continue
            if values[key] is None:
                kind = "a list of strings" if key in _LIST_KEYS else "a string"
                problems.append(Problem(path, f"must be {kind}", number, f"{place}.{key}"))
        if not problems:
            studies.append(CaseStudy(**values))
    return studies, problems


def _as_texts(value: object) -> tuple[str, ...] | None:
    """Return a list of strings as a tuple; a string is a list of one; None if it is neither."""
    texts = [] if value is None else [value] if isinstance(value, str) else value
    if isinstance(texts, list) and all(isinstance(text, str) for text in texts):
        return tuple(texts)
    return None


def _as_text(value: object) -> str | None:
    """Return a string; a list is joined by line breaks; None if it is neither."""
    text = "\n".join(map(str, value)) if isinstance(value, list) else value
    if text is None:
        return ""
    return text if isinstance(text, str) else None
