"""Ballots -> agreement: where the assessors differ, how much, and whom to ask first.

Agreement is counted on levels, which are ordered but not evenly spaced: medians and ranks, never
means of levels. The exception is strictness, which compares one person with the rest.
"""

from calib.workshop.agenda import agenda
from calib.workshop.agreement import agree, strictness, strictness_by_control
from calib.workshop.alpha import alpha_interval, krippendorff_alpha, ordinal, thousandths
from calib.workshop.timeline import (
    Standing,
    Stay,
    is_anonymous,
    minutes,
    seen,
    standing,
    standings,
    stays,
    visited,
)
from calib.workshop.wording import number

__all__ = [
    "Standing",
    "Stay",
    "agenda",
    "agree",
    "alpha_interval",
    "is_anonymous",
    "krippendorff_alpha",
    "minutes",
    "number",
    "ordinal",
    "seen",
    "standing",
    "standings",
    "stays",
    "strictness",
    "strictness_by_control",
    "thousandths",
    "visited",
]
