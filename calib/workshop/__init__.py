"""Ballots -> agreement: where the assessors differ, how much, and whom to ask first.

Agreement is counted on levels, which are ordered but not evenly spaced: medians and ranks, never
means of levels. The exception is strictness, which compares one person with the rest.
"""

from calib.workshop.agenda import agenda
from calib.workshop.alpha import alpha_interval, krippendorff_alpha, ordinal, thousandths
from calib.workshop.ballots import agree, strictness

__all__ = [
    "agenda",
    "agree",
    "alpha_interval",
    "krippendorff_alpha",
    "ordinal",
    "strictness",
    "thousandths",
]
