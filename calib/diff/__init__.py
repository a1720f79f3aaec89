"""Compare two states of an assessment: changed answers, moved levels, and the causes."""

from calib.diff.compare import compare
from calib.diff.models import (
    Cause,
    Difference,
    DiffInput,
    DiffSide,
    FieldChange,
    LevelMove,
    StudyMove,
)

__all__ = [
    "Cause",
    "DiffInput",
    "DiffSide",
    "Difference",
    "FieldChange",
    "LevelMove",
    "StudyMove",
    "compare",
]
