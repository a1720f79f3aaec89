"""The reviewer: a narrative -> what it shows, criterion by criterion, with spans."""

from calib.review.review import REVIEWER, review

__all__ = ["REVIEWER", "review"]
