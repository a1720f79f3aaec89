"""Two states -> their difference.

Both are judged by the same catalog and program, so that what moved was moved by an answer, a file
or a day, and not by the ruler.
"""

from __future__ import annotations

from collections.abc import Iterator

from calib.diff.fields import fields
from calib.diff.models import Difference, Side, State
from calib.diff.moves import levels, remembered, studies
from calib.model import Readiness


def compare(before: State, after: State) -> Difference:
    """Compare two states of an assessment, or of two assessments."""
    old, new = before.result, after.result
    here, there = _side(before), _side(after)
    notes = tuple(n for state in (before, after) for n in _notes(state))
    if old is None or new is None or before.assessment is None or after.assessment is None:
        moves = tuple(remembered(before, after))
        return Difference(before=here, after=there, levels=moves, notes=notes)
    gaps = [{g.id: g.title for g in r.gaps} for r in (old, new)]
    return Difference(
        before=here,
        after=there,
        fields=tuple(fields(before.assessment, after.assessment)),
        levels=tuple(levels(old, new)),
        studies=tuple(studies(old, new)),
        closed=tuple(f"{t} ({i})" for i, t in gaps[0].items() if i not in gaps[1]),
        opened=tuple(f"{t} ({i})" for i, t in gaps[1].items() if i not in gaps[0]),
        notes=notes,
    )


def _side(state: State) -> Side:
    found, kept = state.result, state.milestone
    if found is None:
        if kept is None:
            raise ValueError(f"{state.name} is neither a result nor a milestone")
        return Side(
            name=state.name,
            date=kept.date,
            catalog_version=kept.catalog_version,
            readiness=kept.readiness,
            gauges=kept.gauges,
            gates=kept.gates,
            qualified_studies=kept.qualified_studies,
            answers_hash=kept.answers_hash,
        )
    return Side(
        name=state.name,
        date=found.today,
        catalog_version=found.answered_catalog_version,
        readiness=found.readiness,
        gauge=found.gauge,
        gaps=len(found.gaps),
        gauges=tuple((c.control, c.gauge) for c in found.controls),
        gates=tuple(c.control for c in found.controls if c.gate),
        qualified_studies=found.qualification.qualified_count,
        answers_hash=found.answers_hash,
    )


def _notes(state: State) -> Iterator[str]:
    kept, found = state.milestone, state.result
    if kept is None:
        return
    if found is None:
        what = "gauges and levels" if kept.levels else "gauges"
        yield f"{state.name} is a milestone of {what} alone: it holds no answers to compare."
        return
    now = {f"{c.control}/{x.criterion}": x.effective for c in found.controls for x in c.criteria}
    moved = sum(now.get(name) != level for name, level in kept.levels)
    if moved or (kept.readiness and kept.readiness != found.readiness):
        was = Readiness(kept.readiness) if kept.readiness in list(Readiness) else kept.readiness
        yield (
            f"{state.name} is judged anew: on its day the readiness was {_spoken(was)}, and "
            f"{moved} of {len(kept.levels)} levels were others, by the catalog or the program of "
            "that day."
        )


def _spoken(word: str) -> str:
    return word.replace("_", " ")
