"""Load the learned weights of features.

A weight table is a text file with one line per feature and one column per question, so that anyone
can look up why a sentence was judged as it was. `python -m calibration.train` writes the tables
(docs/reviewer.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from calib.errors import BadInput, Problem
from calib.resources import resource_path

INTERCEPT = "(always)"
"""The row that is added to every sentence."""


@dataclass(frozen=True)
class WeightTable:
    """The weights of features, one column per question."""

    columns: tuple[str, ...]
    always: tuple[float, ...]
    """The intercept of each column."""
    rows: Mapping[str, tuple[tuple[int, float], ...]]
    """Feature -> (column, weight); weights of 0 are left out."""

    def score(self, features: Mapping[str, float]) -> list[float]:
        """Return the log-odds of each column for a sentence's features."""
        totals = list(self.always)
        rows = self.rows
        for feature, value in features.items():
            for column, weight in rows.get(feature, ()):
                totals[column] += weight * value
        return totals


NO_WEIGHTS = WeightTable((), (), {})
"""The table of a control that has not been learned."""


def has_weights(name: str) -> bool:
    """Return whether a table was learned, which is not so for a control new to the catalog."""
    return resource_path("data", "review", "weights", f"{name}.tsv").is_file()


@lru_cache(maxsize=64)
def load_weights(name: str) -> WeightTable:
    """Load a table of `data/review/weights/`; raises BadInput if it cannot be read."""
    file = f"{name}.tsv"
    try:
        text = resource_path("data", "review", "weights", file).read_text("utf-8")
    except OSError as error:
        raise BadInput([Problem(f"review/weights/{file}", f"cannot be read: {error}")]) from error
    return parse_weights(text)


def parse_weights(text: str) -> WeightTable:
    """Parse a table: a header line, then a feature and its weights per line, split by tabs."""
    header, *lines = (line.split("\t") for line in text.splitlines())
    rows = {
        feature: tuple((i, float(w)) for i, w in enumerate(weights) if w)
        for feature, *weights in lines
    }
    always = dict(rows.pop(INTERCEPT))
    columns = tuple(header[1:])
    return WeightTable(columns, tuple(always.get(i, 0.0) for i in range(len(columns))), rows)
