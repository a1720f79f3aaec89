"""Learn without whole parts of the corpus, and measure on them.

Texts of the same author resemble each other, so a part that was left out predicts more about new
texts than any of its texts alone. The document parts stand for real documents.
"""

from __future__ import annotations

from collections.abc import Mapping

from calib.model import Catalog
from calib.review.sentence_scores import SentenceTables
from calibration import corpus, points
from calibration.learn import learn_sentence_tables
from calibration.reviewing import CountedPoints, Tables, count_points
from calibration.train import choose_threshold, learn_points, select_tables
from calibration.unit_examples import from_labelled, from_responses

GROUPS: Mapping[str, tuple[str, ...]] = {
    "documents": ("documents", "pages", "policies", "runbooks", "tables"),
    "odd words": ("voices",),
    "ordinary submissions, one author": ("ordinary-a",),
}
"""The names with which the parts of a group begin."""


def measure_left_out(catalog: Catalog) -> dict[str, tuple[CountedPoints, float]]:
    """Return the points found in each group, learned without it, and the threshold used."""
    texts, build = points.load_texts("build"), corpus.load("build")
    learned_sentences = learn_sentence_tables(build, catalog)
    sentences = SentenceTables(learned_sentences["signs"], learned_sentences["controls"])
    found = {}
    for group, prefixes in GROUPS.items():
        rest = [t for t in texts if not t.part.startswith(prefixes)]
        learned, formula = learn_points(from_labelled(rest), from_responses(build), catalog)
        tables = Tables(select_tables(learned, catalog), sentences)
        model = choose_threshold(tables, formula, catalog)
        asked = [t for t in texts if t.part.startswith(prefixes)]
        found[group] = count_points(asked, tables, model, catalog), model.shown
    return found
