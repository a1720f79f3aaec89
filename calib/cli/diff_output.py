"""Print a difference between two states of an assessment."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import groupby
from typing import TYPE_CHECKING

import click

from calib.cli.root import printable
from calib.text import plural

if TYPE_CHECKING:
    from calib.diff import Cause, Difference, DiffSide, FieldChange, LevelMove

_MAX_INLINE = 60
"""Longest value, in characters, shown in one line; longer ones are compared by sentence."""
_MAX_GAPS = 6


def difference_lines(found: Difference) -> Iterator[str]:
    """Yield the lines that describe a difference: overview, levels, case studies, answers."""
    old, new = found.before, found.after
    yield click.style(f"{old.name} ({old.date})  ->  {new.name} ({new.date})", bold=True)
    yield from _overview_lines(old, new)
    for label, gaps in (("closed", found.closed), ("opened", found.opened)):
        if gaps:
            more = f"; {len(gaps) - _MAX_GAPS} more" if len(gaps) > _MAX_GAPS else ""
            yield f"  {label}: {printable('; '.join(gaps[:_MAX_GAPS]))}{more}"
    if found.levels:
        up = sum(m.step > 0 for m in found.levels)
        down = sum(m.step < 0 for m in found.levels)
        yield click.style(f"\nLevels: {up} rose, {down} fell", bold=True)
        for control, moves in groupby(found.levels, key=lambda m: m.control):
            yield f"  {control}{_gauge_and_gate(old, new, control)}"
            for move in moves:
                yield from _level_lines(move)
    for study in found.studies:
        labels = {True: "qualifies", False: "does not qualify", None: "missing"}
        yield click.style(f"\nCase study {printable(study.title)}", bold=True) + (
            f"  {labels[study.before]} -> {labels[study.after]}"
        )
        yield from _reason_lines(study.why)
    if found.fields:
        files = len({f.file for f in found.fields})
        counts = f"{plural(len(found.fields), 'field')} in {plural(files, 'file')}"
        yield click.style(f"\nAnswers: {counts}", bold=True)
        for file, changes in groupby(found.fields, key=lambda f: f.file):
            yield from _file_lines(file, list(changes))
    if found.is_complete and not (found.levels or found.fields or found.studies):
        yield "\nNo answer and no level has changed."


def _overview_lines(old: DiffSide, new: DiffSide) -> Iterator[str]:
    parts = [_change("readiness", _readiness_label(old), _readiness_label(new))]
    if old.gauge is not None and new.gauge is not None:
        parts.append(_change("gauge", f"{old.gauge:.1f}", f"{new.gauge:.1f}"))
    parts.append(_change("qualifying case studies", old.qualified_studies, new.qualified_studies))
    if old.gaps is not None and new.gaps is not None:
        parts.append(_change("remediation actions", old.gaps, new.gaps))
        parts.append(_change("gates met", len(old.gates), len(new.gates)))
    yield ", ".join(parts)
    if old.gauge is None or new.gauge is None:
        # A milestone without an overall gauge has one per control.
        then, now = dict(old.gauges), dict(new.gauges)
        for control in dict.fromkeys((*then, *now)):
            gauges = (_format_gauge(then.get(control)), _format_gauge(now.get(control)))
            yield _change(f"  {control} gauge", *gauges)


def _change(label: str, before: object, after: object) -> str:
    return f"{label} {before}" if before == after else f"{label} {before} -> {after}"


def _format_gauge(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def _readiness_label(side: DiffSide) -> str:
    return side.readiness.replace("_", " ") or "unknown"


def _gauge_and_gate(old: DiffSide, new: DiffSide, control: str) -> str:
    gauges = (_format_gauge(dict(side.gauges).get(control)) for side in (old, new))
    gates = ("met" if control in side.gates else "not met" for side in (old, new))
    return f"  gauge {_distinct(gauges)}, gate {_distinct(gates)}"


def _distinct(values: Iterator[str]) -> str:
    """Join values by an arrow; equal values are shown once."""
    return " -> ".join(dict.fromkeys(values))


def _level_lines(move: LevelMove) -> Iterator[str]:
    label, colour = ("up", "green") if move.step > 0 else ("down", "red")
    if not move.step:
        label, colour = ("same" if move.before == move.after else "other"), "yellow"
    pairs = (("claimed", move.claimed), ("supported", move.supported))
    details = ", ".join(
        f"{name} {_distinct(_format_level(level) for level in pair)}"
        for name, pair in pairs
        if pair != (None, None)
    )
    levels = _distinct(_format_level(level) for level in (move.before, move.after))
    yield f"    {click.style(f'{label:<5}', fg=colour)} {move.title}: {levels}" + (
        f"  ({details})" if details else ""
    )
    yield from _reason_lines(move.why)


def _format_level(level: int | None) -> str:
    return "-" if level is None else str(level)


def _reason_lines(why: Cause) -> Iterator[str]:
    """Yield the findings that disappeared and those that are new."""
    for label, messages in (("gone", why.gone), ("new", why.new)):
        for message in messages:
            yield f"          {label:<4} {printable(message)}"


def _file_lines(file: str, changes: Sequence[FieldChange]) -> Iterator[str]:
    """Yield a file's changed fields; a file that was added or removed is one line."""
    can_come_or_go = file.startswith(("case_studies/", "controls/"))
    for label, side in (("gone", "after"), ("new", "before")):
        if can_come_or_go and len(changes) > 2 and not any(getattr(c, side) for c in changes):
            yield f"  {printable(file)}  {label}, {plural(len(changes), 'field')}"
            return
    yield f"  {printable(file)}"
    for change in changes:
        yield from _field_lines(change)


def _field_lines(change: FieldChange) -> Iterator[str]:
    before, after = printable(change.before), printable(change.after)
    if max(len(before), len(after)) <= _MAX_INLINE and "\n" not in before + after:
        yield f"    {printable(change.field)}: {before or '-'} -> {after or '-'}"
        return
    yield f"    {printable(change.field)}:"
    old, new = _split_sentences(before), _split_sentences(after)
    # autojunk would ignore sentences that occur often in texts of 200 sentences or more.
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind != "equal":
            yield from (click.style(f"      - {line}", fg="red") for line in old[a:b])
            yield from (click.style(f"      + {line}", fg="green") for line in new[c:d])


def _split_sentences(text: str) -> Sequence[str]:
    """Split a text at the ends of sentences and paragraphs; line wrapping does not matter."""
    paragraphs = (" ".join(p.split()) for p in re.split(r"\n\s*\n", text))
    return [s for p in paragraphs for s in re.split(r"(?<=[.!?])\s+", p) if s]
