"""`calib milestone` and `diff`: how an assessment moves over time."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from difflib import SequenceMatcher
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import click

from calib.cli.options import DATE, JSON
from calib.cli.root import guarded, main, safe, say
from calib.errors import BadInput, Problem

if TYPE_CHECKING:
    from calib.diff import Difference, FieldChange, LevelMove, Side, State, Why

_LONG = 60
"""A text that is longer is compared sentence by sentence."""
_FEW = 6


@main.command()
@click.argument("before", metavar="A")
@click.argument("after", metavar="[B]", required=False)
@DATE
@JSON
@guarded
def diff(before: str, after: str | None, today: date, as_json: bool) -> None:
    """Say what changed from A to B: the answers field by field, the levels, and why they moved.

    A and B are assessment folders, milestone files, or DIR@MILESTONE, named by its name, its date
    or `last`. Without B, DIR is compared with its last milestone, and DIR@MILESTONE with DIR. Both
    sides are judged by this program and its catalog: a milestone as of its day, a folder as of
    today.

    \b
    calib diff acme
    calib diff acme@kick-off
    calib diff acme@2026-06-30 acme@last --json
    calib diff acme-before acme
    """
    from calib.diff import compare

    first, second = (before, after) if after is not None else _alone(before)
    states: list[State] = []
    problems: list[Problem] = []
    for place in (first, second):
        try:
            states.append(_state(place, today))
        except BadInput as error:
            problems += (p for p in error.problems if p not in problems)
    if problems:
        raise BadInput(problems)
    found = compare(*states)
    if as_json:
        click.echo(found.model_dump_json(indent=1))
    else:
        for line in _lines(found):
            click.echo(line)
    for note in found.notes:
        say(f"calib: {note}")


def _alone(place: str) -> tuple[str, str]:
    """Say what one place is compared with: a folder comes after its last milestone."""
    folder, _, _ = place.rpartition("@")
    if folder and not Path(place).exists():
        return place, folder
    return f"{place}@last", place


def _state(place: str, today: date) -> State:
    """Read one side; raises BadInput."""
    from calib.catalog.load import load_catalog
    from calib.diff import State
    from calib.scoring.assess import assess
    from calib.store.load import load_assessment, must_be_assessment
    from calib.store.locate import find_assessment
    from calib.store.milestones import find_milestone, load_milestone

    catalog = load_catalog()
    folder, _, name = place.rpartition("@")
    if folder and not Path(place).exists():
        base = find_assessment(folder)
        must_be_assessment(base)
        path = find_milestone(base, name)
    else:
        path = find_assessment(place)
    if not path.is_file():
        assessment = load_assessment(path, catalog)
        return State(place, None, assessment, assess(catalog, assessment, today))
    kept = load_milestone(path)
    if kept.assessment is None:
        return State(place, kept, None, None)
    return State(place, kept, kept.assessment, assess(catalog, kept.assessment, kept.date))


# --- in words ---


def _lines(found: Difference) -> Iterator[str]:
    old, new = found.before, found.after
    yield click.style(f"{_named(old)}  ->  {_named(new)}", bold=True)
    yield from _standing(old, new)
    for word, gaps in (("closed", found.closed), ("opened", found.opened)):
        if gaps:
            more = f"; {len(gaps) - _FEW} more" if len(gaps) > _FEW else ""
            yield f"  {word}: {safe('; '.join(gaps[:_FEW]))}{more}"
    if found.levels:
        up = sum(m.step > 0 for m in found.levels)
        down = sum(m.step < 0 for m in found.levels)
        yield click.style(f"\nLevels: {up} rose, {down} fell", bold=True)
        for control, moves in groupby(found.levels, key=lambda m: m.control):
            yield f"  {control}{_control(old, new, control)}"
            for move in moves:
                yield from _move(move)
    for study in found.studies:
        words = {True: "qualifies", False: "does not qualify", None: "not there"}
        yield click.style(f"\nCase study {safe(study.title)}", bold=True) + (
            f"  {words[study.before]} -> {words[study.after]}"
        )
        yield from _because(study.why)
    if found.fields:
        files = len({f.file for f in found.fields})
        head = f"{_count(len(found.fields), 'field')} in {_count(files, 'file')}"
        yield click.style(f"\nAnswers: {head}", bold=True)
        for file, changes in groupby(found.fields, key=lambda f: f.file):
            yield from _file(file, list(changes))
    if found.is_whole and not (found.levels or found.fields or found.studies):
        yield "\nNo answer and no level differs."


def _named(side: Side) -> str:
    return f"{side.name} ({side.date})"


def _standing(old: Side, new: Side) -> Iterator[str]:
    def moved(label: str, before: object, after: object) -> str:
        return f"{label} {before}" if before == after else f"{label} {before} -> {after}"

    parts = [moved("readiness", _spoken(old.readiness), _spoken(new.readiness))]
    if old.gauge is not None and new.gauge is not None:
        parts.append(moved("gauge", f"{old.gauge:.1f}", f"{new.gauge:.1f}"))
    parts.append(moved("case studies that qualify", old.qualified_studies, new.qualified_studies))
    if old.gaps is not None and new.gaps is not None:
        parts.append(moved("remediation actions", old.gaps, new.gaps))
        parts.append(moved("gates that hold", len(old.gates), len(new.gates)))
    yield ", ".join(parts)
    if old.gauge is None or new.gauge is None:
        then, now = dict(old.gauges), dict(new.gauges)
        for control in dict.fromkeys((*then, *now)):
            before, after = (_tenth(side.get(control)) for side in (then, now))
            yield moved(f"  {control} gauge", before, after)


def _tenth(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def _spoken(readiness: str) -> str:
    return readiness.replace("_", " ") or "not known"


def _control(old: Side, new: Side, control: str) -> str:
    gauges = (_tenth(dict(side.gauges).get(control)) for side in (old, new))
    holds = ["holds" if control in side.gates else "not met" for side in (old, new)]
    gate = f", gate {holds[0]}" + (f" -> {holds[1]}" if holds[0] != holds[1] else "")
    return f"  gauge {' -> '.join(dict.fromkeys(gauges))}{gate}"


def _move(move: LevelMove) -> Iterator[str]:
    ends = ["-" if n is None else str(n) for n in (move.before, move.after)]
    word, colour = ("up", "green") if move.step > 0 else ("down", "red")
    if not move.step:
        word, colour = ("same" if move.before == move.after else "other"), "yellow"
    pairs = (("claimed", move.claimed), ("supported", move.supported))
    detail = ", ".join(
        f"{name} {' -> '.join(dict.fromkeys('-' if n is None else str(n) for n in pair))}"
        for name, pair in pairs
        if pair != (None, None)
    )
    shown = " -> ".join(dict.fromkeys(ends))
    yield f"    {click.style(f'{word:<5}', fg=colour)} {move.title}: {shown}" + (
        f"  ({detail})" if detail else ""
    )
    yield from _because(move.why)


def _because(why: Why) -> Iterator[str]:
    for word, messages in (("gone", why.gone), ("new", why.new)):
        for message in messages:
            yield f"          {word:<4} {safe(message)}"


def _file(file: str, changes: Sequence[FieldChange]) -> Iterator[str]:
    """List a file's fields; of a file that came or went as a whole, say that."""
    whole = file.startswith(("case_studies/", "controls/"))
    for word, side in (("gone", "after"), ("new", "before")):
        if whole and len(changes) > 2 and not any(getattr(c, side) for c in changes):
            yield f"  {safe(file)}  {word}, {_count(len(changes), 'field')}"
            return
    yield f"  {safe(file)}"
    for change in changes:
        yield from _field(change)


def _field(change: FieldChange) -> Iterator[str]:
    before, after = safe(change.before), safe(change.after)
    if max(len(before), len(after)) <= _LONG and "\n" not in before + after:
        yield f"    {safe(change.field)}: {before or '-'} -> {after or '-'}"
        return
    yield f"    {safe(change.field)}:"
    old, new = _sentences(before), _sentences(after)
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind != "equal":
            yield from (click.style(f"      - {line}", fg="red") for line in old[a:b])
            yield from (click.style(f"      + {line}", fg="green") for line in new[c:d])


def _sentences(text: str) -> Sequence[str]:
    """Cut a text where a sentence or a paragraph ends, however its lines were wrapped."""
    paragraphs = (" ".join(p.split()) for p in re.split(r"\n\s*\n", text))
    return [s for p in paragraphs for s in re.split(r"(?<=[.!?])\s+", p) if s]


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
