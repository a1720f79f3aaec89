"""Two states of an assessment -> what changed: the answers, the levels, and why they moved."""

from calib.diff.compare import compare
from calib.diff.models import Difference, FieldChange, LevelMove, Side, State, StudyMove, Why

__all__ = [
    "Difference",
    "FieldChange",
    "LevelMove",
    "Side",
    "State",
    "StudyMove",
    "Why",
    "compare",
]
