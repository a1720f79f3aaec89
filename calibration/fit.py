"""Fit a table of weights: one logistic regression per column over the same features."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression

from calib.review.weights import INTERCEPT, WeightTable

_LEAST = 0.1
"""Weights below this are left out of the tables; leaving them in changes no figure."""
NEVER = -6.0
"""The intercept of a column without any positive example."""


@dataclass(frozen=True)
class Question:
    """One column of a table, with the answers of the examples."""

    name: str
    answers: Sequence[bool]
    weights: Sequence[float]
    """0 leaves an example out."""


def fit_table(
    features: Sequence[Mapping[str, float]],
    questions: Sequence[Question],
    *,
    freedom: float,
    seen: int,
    least: float = _LEAST,
) -> WeightTable:
    """Fit one column per question; features in fewer than `seen` examples are ignored.

    `freedom` is the inverse of the regularisation, the C of scikit-learn.
    """
    counts = Counter(name for found in features for name in found)
    common = {name for name, count in counts.items() if count >= seen}
    vectorizer = DictVectorizer()
    matrix = vectorizer.fit_transform(
        [{k: v for k, v in found.items() if k in common} for found in features]
    )
    # liblinear wants 32-bit indices.
    matrix = sparse.csr_matrix(
        (matrix.data, matrix.indices.astype(np.int32), matrix.indptr.astype(np.int32)), matrix.shape
    )
    names = vectorizer.get_feature_names_out()
    fitted = [_fit_column(matrix, question, freedom) for question in questions]
    return _table([q.name for q in questions], names, fitted, least)


def _fit_column(
    matrix: sparse.csr_matrix, question: Question, freedom: float
) -> tuple[float, np.ndarray]:
    weights = np.array(question.weights)
    given = weights > 0
    answers = np.array(question.answers)[given]
    if len(set(answers.tolist())) < 2:
        return NEVER, np.zeros(matrix.shape[1])
    # The dual problem has the same solution and takes a twentieth of the time.
    model = LogisticRegression(
        C=freedom, solver="liblinear", dual=True, tol=1e-3, max_iter=300, random_state=0
    )
    model.fit(matrix[given], answers, weights[given])
    return float(model.intercept_[0]), model.coef_[0]


def _table(
    columns: Sequence[str],
    names: Iterable[str],
    fitted: Sequence[tuple[float, np.ndarray]],
    least: float,
) -> WeightTable:
    always = tuple(round(bias, 2) for bias, _ in fitted)
    stacked = np.round(np.array([weights for _, weights in fitted]).T, 2)
    rows = {}
    for name, weights in zip(names, stacked, strict=True):
        row = tuple((i, float(w)) for i, w in enumerate(weights) if abs(w) >= least)
        if row:
            rows[str(name)] = row
    return WeightTable(tuple(map(str, columns)), always, rows)


def as_text(table: WeightTable) -> str:
    """Format a table for `calib.review.weights.parse_weights`."""
    lines = ["\t".join(["feature", *table.columns])]
    lines.append("\t".join([INTERCEPT, *(f"{w:g}" for w in table.always)]))
    for name in sorted(table.rows):
        weights = dict(table.rows[name])
        cells = (f"{weights[i]:g}" if i in weights else "" for i in range(len(table.columns)))
        lines.append("\t".join([name, *cells]))
    return "\n".join(lines) + "\n"
