"""`calib review`: review narratives."""

from __future__ import annotations

import json
from datetime import date
from difflib import get_close_matches

import click

from calib.cli.options import (
    DATE_OPTION,
    JSON_OPTION,
    load_and_assess,
    read_json_lines,
    source_name,
)
from calib.cli.root import handle_errors, main
from calib.errors import BadInput, Problem
from calib.model import CriterionResult, CriterionReview, PointState


@main.command()
@click.argument("assessment", metavar="[DIR]", required=False)
@click.argument("control", metavar="[CONTROL]", required=False)
@click.option(
    "--jsonl",
    metavar="FILE",
    help="Review a JSON Lines file of {control, text} instead; - for standard input. An optional "
    '"partner" is a name whose words show nothing.',
)
@DATE_OPTION
@JSON_OPTION
@handle_errors
def review(
    assessment: str | None, control: str | None, jsonl: str | None, today: date, as_json: bool
) -> None:
    """Review the narratives of DIR, or of one CONTROL.

    Each criterion is printed with its points: shown, named but not counted, to be checked by a
    person, or missing, with the sentence and its number. The points shown give the verdict yes,
    partly or no (our bar), and whether the example bar is met. In the printed narrative, green
    sentences show a point, yellow ones are planned, hedged, incomplete or to be checked, and red
    ones are denied, copied, unfinished or rejected.

    \b
    Examples:
      calib review acme
      calib review acme CONTROL           # a control id or its number, e.g. 3
      calib review --jsonl answers.jsonl > verdicts.jsonl
    """
    if jsonl is not None:
        if assessment is not None:
            raise click.UsageError("Give either DIR or --jsonl FILE, not both.")
        _review_json_lines(jsonl)
        return
    if assessment is None:
        raise click.UsageError("Give DIR or --jsonl FILE.")
    catalog, _, result = load_and_assess(assessment, today)
    if control is not None:
        control = _find_control(control, [c.control for c in result.controls])
    for reviewed in result.controls:
        if control not in (None, reviewed.control):
            continue
        if as_json:
            row = {
                "control": reviewed.control,
                "level": reviewed.level,
                "criteria": {c.criterion: c.verdict for c in reviewed.criteria},
                "points": {c.criterion: _points_by_state(c) for c in reviewed.criteria},
                "example_bar": {c.criterion: c.example_bar for c in reviewed.criteria},
            }
            click.echo(json.dumps(row))
        else:
            from calib.cli.narrative_output import print_review

            print_review(reviewed, catalog.control(reviewed.control))


def _find_control(name: str, known: list[str]) -> str:
    """Return the control with this id, in any case, or with this number; raises BadInput."""
    found = [k for k in known if k.casefold() == name.casefold() or k.endswith(f"-{name.zfill(3)}")]
    if len(found) == 1:
        return found[0]
    close = get_close_matches(name.upper(), known, n=1)
    remedy = f"did you mean {close[0]}?" if close else f"choose from {', '.join(known)}"
    raise BadInput([Problem(name, "no such control in the catalog", remedy=remedy)])


def _review_json_lines(path: str) -> None:
    from calib.catalog.load import load_catalog
    from calib.review import review as review_narrative

    controls = {c.id: c for c in load_catalog().controls}
    rows, problems = read_json_lines(path)
    name = source_name(path)
    for number, row in rows:
        control = row.get("control")
        if control not in controls:
            message = "required" if control is None else f"no such control: {control!r}"
            remedy = f"choose from {', '.join(controls)}"
            problems.append(Problem(name, message, number, "control", remedy))
        if not isinstance(row.get("text"), str):
            problems.append(Problem(name, "must be a string", number, "text"))
    if problems:
        raise BadInput(problems)
    for _, row in rows:
        found = review_narrative(controls[row["control"]], row["text"], names=_partner_name(row))
        line = {
            **({"id": row["id"]} if "id" in row else {}),
            "level": found.level,
            "criteria": {c.criterion: c.verdict for c in found.criteria},
            "points": {c.criterion: _points_by_state(c) for c in found.criteria},
            "example_bar": {c.criterion: c.example_bar for c in found.criteria},
            "findings": [f.model_dump(mode="json") for f in found.findings],
        }
        click.echo(json.dumps(line, ensure_ascii=False))


def _points_by_state(review: CriterionReview | CriterionResult) -> dict[str, list[str]]:
    """Return the ids of the points shown, named and missing; those to check count as missing."""
    by_state: dict[str, list[str]] = {"shown": [], "named": [], "missing": []}
    for point in review.points:
        by_state[point.state if point.state in by_state else PointState.MISSING].append(point.point)
    return by_state


def _partner_name(row: dict[str, object]) -> tuple[str, ...]:
    """Return the optional name of the partner, whose words show nothing."""
    partner = row.get("partner")
    return (partner,) if isinstance(partner, str) and partner.strip() else ()
