"""Compare two states of an assessment.

Both are judged by the same catalog and program, so a level moves because of an answer, a file or
the date, and never because the rules changed.
"""

from __future__ import annotations

from collections.abc import Iterator

from calib.diff.fields import find_changed_fields
from calib.diff.models import Difference, DiffInput, DiffSide
from calib.diff.moves import compare_milestone_levels, find_level_moves, find_study_moves


def compare(before: DiffInput, after: DiffInput) -> Difference:
    """Compare two states of an assessment, or of two assessments."""
    old, new = before.result, after.result
    sides = _build_side(before), _build_side(after)
    notes = tuple(note for side in (before, after) for note in _comparison_notes(side))
    if old is None or new is None or before.assessment is None or after.assessment is None:
        moves = tuple(compare_milestone_levels(before, after))
        return Difference(before=sides[0], after=sides[1], levels=moves, notes=notes)
    gaps = [{g.id: g.title for g in r.gaps} for r in (old, new)]
    return Difference(
        before=sides[0],
        after=sides[1],
        fields=tuple(find_changed_fields(before.assessment, after.assessment)),
        levels=tuple(find_level_moves(old, new)),
        studies=tuple(find_study_moves(old, new)),
        closed=tuple(f"{t} ({i})" for i, t in gaps[0].items() if i not in gaps[1]),
        opened=tuple(f"{t} ({i})" for i, t in gaps[1].items() if i not in gaps[0]),
        notes=notes,
    )


def _build_side(side: DiffInput) -> DiffSide:
    result, milestone = side.result, side.milestone
    if result is None:
        if milestone is None:
            raise ValueError(f"{side.name} has neither a result nor a milestone")
        return DiffSide(
            name=side.name,
            date=milestone.date,
            catalog_version=milestone.catalog_version,
            readiness=milestone.readiness,
            gauges=milestone.gauges,
            gates=milestone.gates,
            qualified_studies=milestone.qualified_studies,
            answers_hash=milestone.answers_hash,
        )
    return DiffSide(
        name=side.name,
        date=result.today,
        catalog_version=result.answered_catalog_version,
        readiness=result.readiness,
        gauge=result.gauge,
        gaps=len(result.gaps),
        gauges=tuple((c.control, c.gauge) for c in result.controls),
        gates=tuple(c.control for c in result.controls if c.gate),
        qualified_studies=result.qualification.qualified_count,
        answers_hash=result.answers_hash,
    )


def _comparison_notes(side: DiffInput) -> Iterator[str]:
    """Yield what readers must know about the comparison of a milestone."""
    milestone, result = side.milestone, side.result
    if milestone is None:
        return
    if result is None:
        content = "gauges and levels" if milestone.levels else "gauges"
        yield f"{side.name} is a milestone with {content} only: it has no answers to compare."
        return
    now = {f"{c.control}/{x.criterion}": x.effective for c in result.controls for x in c.criteria}
    # The milestone stores the levels of its day; the result judges the same answers by today's
    # catalog and program. A difference comes from those.
    moved = sum(now.get(name) != level for name, level in milestone.levels)
    if moved or (milestone.readiness and milestone.readiness != result.readiness):
        was = milestone.readiness.replace("_", " ")
        yield (
            f"{side.name} is judged again by the present catalog and program: on its day the "
            f"readiness was {was}, and {moved} of {len(milestone.levels)} levels differed."
        )
