"""The reviewer: a narrative -> verdicts, criterion by criterion, with spans."""

from calib.review.review import REVIEWER, review

__all__ = ["REVIEWER", "review"]
