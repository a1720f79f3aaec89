"""`calib review`: what the narratives show; `calib schema`: the shape of the files."""

from __future__ import annotations

import json
from datetime import date
from difflib import get_close_matches

import click

from calib.cli.options import DATE, JSON, assessed, read_lines, source
from calib.cli.root import guarded, main
from calib.errors import BadInput, Problem


@main.command()
@click.argument("assessment", metavar="[DIR]", required=False)
@click.argument("control", metavar="[CONTROL]", required=False)
@click.option(
    "--jsonl", metavar="FILE", help="Review JSON Lines {control, text}; - reads standard input."
)
@DATE
@JSON
@guarded
def review(
    assessment: str | None, control: str | None, jsonl: str | None, today: date, as_json: bool
) -> None:
    """Review the narratives of DIR, or of one CONTROL, as a validator would read them.

    Per criterion: yes (concrete and in place), partly or no, with the sentence it rests on, and
    what to write next. The text is shown with its sentences marked: green carries a criterion,
    yellow is incomplete, planned, hedged or only asserted, red denies, copies or is unfinished.

    \b
    calib review acme
    calib review acme CONTROL-ID
    calib review --jsonl answers.jsonl > verdicts.jsonl
    """
    if jsonl is not None:
        if assessment is not None:
            raise click.UsageError("Name an assessment folder or --jsonl FILE, not both.")
        _review_lines(jsonl)
        return
    if assessment is None:
        raise click.UsageError("Name an assessment folder, or --jsonl FILE.")
    _, _, result = assessed(assessment, today)
    known = [c.control for c in result.controls]
    if control is not None:
        control = _control_named(control, known)
    for one in result.controls:
        if control in (None, one.control):
            if as_json:
                rows = {c.criterion: c.verdict for c in one.criteria}
                click.echo(
                    json.dumps({"control": one.control, "level": one.level, "criteria": rows})
                )
            else:
                from calib.cli.narrative_output import print_review

                print_review(one)


def _control_named(name: str, known: list[str]) -> str:
    """Understand a control's id in any case, or the number at its end."""
    found = [k for k in known if k.casefold() == name.casefold() or k.endswith(f"-{name.zfill(3)}")]
    if len(found) == 1:
        return found[0]
    close = get_close_matches(name.upper(), known, n=1)
    remedy = f"did you mean {close[0]}?" if close else ", ".join(known)
    raise BadInput([Problem(name, "the catalog has no such control", remedy=remedy)])


def _review_lines(path: str) -> None:
    from calib.catalog.load import load_catalog
    from calib.review import review as judge

    catalog = load_catalog()
    known = {c.id: c for c in catalog.controls}
    rows, problems = read_lines(path)
    name = source(path)
    for number, row in rows:
        if row.get("control") not in known:
            given = row.get("control")
            message = "required, but not there" if given is None else f"no such control: {given!r}"
            problems.append(Problem(name, message, number, "control", ", ".join(known)))
        if not isinstance(row.get("text"), str):
            problems.append(Problem(name, "must be a text", number, "text"))
    if problems:
        raise BadInput(problems)
    for _, row in rows:
        found = judge(known[row["control"]], row["text"])
        line = {
            **({"id": row["id"]} if "id" in row else {}),
            "level": found.level,
            "criteria": {c.criterion: c.verdict for c in found.criteria},
            "findings": [f.model_dump(mode="json") for f in found.findings],
        }
        click.echo(json.dumps(line, ensure_ascii=False))
