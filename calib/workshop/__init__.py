"""Compare ballots: where assessors differ, by how much, and whom to ask first.

Levels are ordered but not evenly spaced, so agreement uses medians and ranks and never the mean of
levels. The exception is strictness, which compares one assessor with the others.
"""

from calib.workshop.agenda import build_agenda
from calib.workshop.agreement import (
    compare_ballots,
    measure_strictness,
    measure_strictness_by_control,
)
from calib.workshop.alpha import (
    alpha_interval,
    format_alpha,
    krippendorff_alpha,
    ordinal_difference,
)
from calib.workshop.timeline import (
    CriterionProgress,
    TimedVisit,
    criterion_progress,
    filter_revealed,
    is_anonymous,
    list_timed_visits,
    progress_by_criterion,
    total_minutes,
    visited_controls,
)
from calib.workshop.wording import number_word

__all__ = [
    "CriterionProgress",
    "TimedVisit",
    "alpha_interval",
    "build_agenda",
    "compare_ballots",
    "criterion_progress",
    "filter_revealed",
    "format_alpha",
    "is_anonymous",
    "krippendorff_alpha",
    "list_timed_visits",
    "measure_strictness",
    "measure_strictness_by_control",
    "number_word",
    "ordinal_difference",
    "progress_by_criterion",
    "total_minutes",
    "visited_controls",
]
