"""The learned tables: what each word, pair of words or shape of a sentence speaks for.

A table is a text file: a line per feature, a column per question, so that anybody can read why a
sentence was judged as it was. `python -m calibration.train` writes them (docs/reviewer.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from calib.errors import BadInput, Problem
from calib.resources import shipped

ALWAYS = "(always)"
"""The row that every sentence gets."""


@dataclass(frozen=True)
class Table:
    """Hold the weights of some questions."""

    columns: tuple[str, ...]
    always: tuple[float, ...]
    rows: Mapping[str, tuple[tuple[int, float], ...]]
    """Feature -> (column, weight) where the weight is not 0."""

    def score(self, features: Mapping[str, float]) -> list[float]:
        """Add up what a sentence's features speak for, one log-odds per column."""
        totals = list(self.always)
        rows = self.rows
        for feature, value in features.items():
            for column, weight in rows.get(feature, ()):
                totals[column] += weight * value
        return totals


@lru_cache(maxsize=64)
def table(name: str) -> Table:
    """Read a table of `data/review/weights/`; raises BadInput where there is none."""
    file = f"{name}.tsv"
    try:
        text = shipped("data", "review", "weights", file).read_text("utf-8")
    except OSError as error:
        raise BadInput([Problem(f"review/weights/{file}", f"cannot be read: {error}")]) from error
    return parse(text)


def parse(text: str) -> Table:
    """Read a table from its text: a head line, then a feature and its weights per line."""
    head, *rest = (line.split("\t") for line in text.splitlines())
    rows = {
        feature: tuple((i, float(w)) for i, w in enumerate(weights) if w)
        for feature, *weights in rest
    }
    always = dict(rows.pop(ALWAYS))
    columns = tuple(head[1:])
    return Table(columns, tuple(always.get(i, 0.0) for i in range(len(columns))), rows)
