"""Load the learned weights of features.

A weight table is a text file with one line per feature and one column per question, so that anyone
can look up why a sentence was judged as it was. `python -m calibration.train` writes the tables
(docs/reviewer.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from calib.errors import BadInput, Problem
from calib.resources import resource_path

Weights = tuple[tuple[int, float], ...]
"""(column, weight) pairs; columns without a weight are left out."""

INTERCEPT = "(always)"
"""The row that is added to every sentence."""


@dataclass(frozen=True)
class WeightTable:
    """The weights of features, one column per question."""

    columns: tuple[str, ...]
    always: tuple[float, ...]
    """The intercept of each column."""
    rows: Mapping[str, Weights]
    """Feature -> (column, weight); weights of 0 are left out."""

    def score(self, features: Mapping[str, float]) -> list[float]:
        """Return the log-odds of each column for a sentence's features."""
        totals = list(self.always)
        rows = self.rows
        for feature, value in features.items():
            if feature in rows:
                for column, weight in rows[feature]:
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
    header, *lines = text.splitlines()
    rows = {feature: cells for feature, _, cells in (line.partition("\t") for line in lines)}
    always = dict(_parse_row(rows.pop(INTERCEPT)))
    columns = tuple(header.split("\t")[1:])
    intercepts = tuple(always.get(i, 0.0) for i in range(len(columns)))
    return WeightTable(columns, intercepts, _Rows(rows))


def _parse_row(cells: str) -> Weights:
    return tuple((i, float(cell)) for i, cell in enumerate(cells.split("\t")) if cell)


class _Rows(Mapping[str, Weights]):
    """The rows of a table, each parsed when it is first looked up.

    The tables have some 40,000 rows, and a response uses a few hundred of them.
    """

    def __init__(self, rows: Mapping[str, str]) -> None:
        self._unparsed = rows
        self._parsed: dict[str, Weights] = {}

    def __getitem__(self, feature: str) -> Weights:
        weights = self._parsed.get(feature)
        if weights is None:
            weights = self._parsed[feature] = _parse_row(self._unparsed[feature])
        return weights

    def __contains__(self, feature: object) -> bool:
        return feature in self._unparsed

    def __iter__(self) -> Iterator[str]:
        return iter(self._unparsed)

    def __len__(self) -> int:
        return len(self._unparsed)
