"""Baselines for the reviewer: length and digits, word statistics, nearest text.

Each is fitted on the same build part and predicts only a level.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import RidgeCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from calibration.corpus import Response

_ALPHAS = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0)


def counts(text: str) -> list[float]:
    """Count words, sentences, digits, capitalised names, names of AWS services, lines."""
    return [
        np.log1p(len(text.split())),
        np.log1p(len(re.findall(r"[.!?]\s", text))),
        np.log1p(len(re.findall(r"\d+", text))),
        np.log1p(len(re.findall(r"(?<=[a-z,] )[A-Z][a-z]+", text))),
        np.log1p(len(re.findall(r"\b(?:Amazon|AWS) [A-Z]\w+", text))),
        np.log1p(text.count("\n")),
    ]


def guesses(build: Sequence[Response], asked: Sequence[Response]) -> dict[str, list[int]]:
    """Fit each baseline on the build part and predict the levels of other responses."""
    levels = np.array([r.level for r in build])
    texts, others = [[f"{r.control} {r.text}" for r in part] for part in (build, asked)]
    length = make_pipeline(StandardScaler(), RidgeCV(_ALPHAS))
    length.fit([counts(r.text) for r in build], levels)
    words = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True), RidgeCV(_ALPHAS)
    )
    words.fit(texts, levels)
    nearest = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True),
        KNeighborsClassifier(n_neighbors=1, metric="cosine"),
    )
    nearest.fit(texts, levels)
    return {
        "length, digits, names": _round(length.predict([counts(r.text) for r in asked])),
        "TF-IDF with ridge": _round(words.predict(others)),
        "nearest neighbour": [int(v) for v in nearest.predict(others)],
    }


def _round(values: np.ndarray) -> list[int]:
    return [int(v) for v in np.clip(np.rint(values), 0, 4)]
