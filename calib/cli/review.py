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


@main.command()
@click.argument("assessment", metavar="[DIR]", required=False)
@click.argument("control", metavar="[CONTROL]", required=False)
@click.option(
    "--jsonl",
    metavar="FILE",
    help="Review a JSON Lines file of {control, text} instead; - for standard input.",
)
@DATE_OPTION
@JSON_OPTION
@handle_errors
def review(
    assessment: str | None, control: str | None, jsonl: str | None, today: date, as_json: bool
) -> None:
    """Review the narratives of DIR, or of one CONTROL.

    The verdict on each criterion is yes (concrete and in place), partly or no. It comes with the
    sentence it is based on and a suggestion for the next sentence to write. In the printed
    narrative, green sentences support a criterion, yellow ones are incomplete, planned, hedged or
    only asserted, and red ones are denials, copied text or unfinished.

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
    _, _, result = load_and_assess(assessment, today)
    if control is not None:
        control = _find_control(control, [c.control for c in result.controls])
    for reviewed in result.controls:
        if control not in (None, reviewed.control):
            continue
        if as_json:
            verdicts = {c.criterion: c.verdict for c in reviewed.criteria}
            row = {"control": reviewed.control, "level": reviewed.level, "criteria": verdicts}
            click.echo(json.dumps(row))
        else:
            from calib.cli.narrative_output import print_review

            print_review(reviewed)


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
        found = review_narrative(controls[row["control"]], row["text"])
        line = {
            **({"id": row["id"]} if "id" in row else {}),
            "level": found.level,
            "criteria": {c.criterion: c.verdict for c in found.criteria},
            "findings": [f.model_dump(mode="json") for f in found.findings],
        }
        click.echo(json.dumps(line, ensure_ascii=False))
