"""Learn the reviewer's tables and numbers and write them to `data/review/`.

python -m calibration.train            learn and write
python -m calibration.train --dry-run  only print the figures on the tune part

The formula for points is fitted on held-out scores: each quarter of the texts is scored by tables
learned from the other three, because scores on training texts are too confident. This is done
twice. The first round knows only the texts labelled by points; it infers the points of the older
responses, and the second round learns from both. Thresholds are chosen on the tune part.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import click
import numpy as np
import yaml
from sklearn.linear_model import LogisticRegression

from calib.catalog.load import load_catalog
from calib.model import Catalog
from calib.resources import resource_path
from calib.review.point_scores import (
    INPUT_NAMES,
    PointKey,
    PointTables,
    candidate_inputs,
    judge_status,
    point_tables,
)
from calib.review.rules import LevelModel, PointInput, PointModel, ReviewModel
from calib.review.sentence_scores import LEVEL_FOUR_SIGNS, SentenceTables
from calib.review.weights import WeightTable
from calibration import corpus, measure, points
from calibration.fit import as_text
from calibration.learn import learn_point_tables, learn_sentence_tables
from calibration.reviewing import ReviewedResponse, Tables, count_points, review_responses
from calibration.unit_examples import (
    FOLDS,
    TextExample,
    from_labelled,
    from_responses,
    infer_points,
)

_EXAMPLE = 0.005
"""The probability from which a mentioned point counts for the example bar; it was chosen once, on
rewordings of AWS's examples."""
_UNSURE_SHARE = 0.4
"""A sentence is named, or shown for checking, from this share of the threshold of a point."""
_START_LEVELS = LevelModel(
    off_topic=-1.2,
    on_topic=0.3,
    lacking=2.0,
    some=2.0,
    signs=dict.fromkeys(LEVEL_FOUR_SIGNS, -2.0),
)
_SHOWN = (0.08, 0.1, 0.12, 0.14, 0.16, 0.18, 0.2, 0.25)


@dataclass(frozen=True)
class Scored:
    """The inputs of the formula for the candidates of one text, with their labels."""

    rows: list[tuple[float, ...]]
    units: list[int]
    keys: list[PointKey]
    shown: list[bool]
    weights: list[float]


def score_text(text: TextExample, tables: PointTables) -> Scored:
    """Score the units of a text with tables not learned from it."""
    units = [u.unit for u in text.units]
    statuses = judge_status(units, tables)
    found = Scored([], [], [], [], [])
    for number, key, inputs in candidate_inputs(units, tables):
        labels = text.units[number]
        found.rows.append(inputs(statuses[number].in_place))
        found.units.append(number)
        found.keys.append(key)
        found.shown.append(key in labels.shown)
        found.weights.append(0.0 if key in labels.open else text.formula_weight)
    return found


def score_held_out(texts: Sequence[TextExample], catalog: Catalog) -> list[Scored]:
    """Score each text by tables learned from the other folds."""
    found: dict[int, Scored] = {}
    for fold in range(FOLDS):
        learned = learn_point_tables([t for t in texts if t.fold != fold], catalog)
        by_control = select_tables(learned, catalog)
        for number, text in enumerate(texts):
            if text.fold == fold:
                found[number] = score_text(text, by_control[text.control])
        click.echo(f"fold {fold + 1} of {FOLDS}: scored by tables of the others", err=True)
    return [found[number] for number in range(len(texts))]


def select_tables(learned: Mapping[str, WeightTable], catalog: Catalog) -> dict[str, PointTables]:
    """Return the tables of each control."""
    return {
        c.id: point_tables(c, learned[f"points/{c.id}"], learned["status"])
        for c in catalog.controls
    }


def fit_formula(scored: Sequence[Scored]) -> PointModel:
    """Fit the formula from the inputs of a unit to the probability that it shows a point."""
    rows = np.array([row for one in scored for row in one.rows], dtype=float)
    shown = np.array([label for one in scored for label in one.shown])
    weights = np.array([weight for one in scored for weight in one.weights])
    mean, scale = rows.mean(0).round(4), np.maximum(rows.std(0).round(4), 0.001)
    given = weights > 0
    model = LogisticRegression(C=1.0, max_iter=1000)
    model.fit(((rows - mean) / scale)[given], shown[given], weights[given])
    inputs = tuple(
        PointInput(name=name, mean=float(m), scale=float(s), weight=round(float(w), 3))
        for name, m, s, w in zip(INPUT_NAMES, mean, scale, model.coef_[0], strict=True)
    )
    bias = round(float(model.intercept_[0]), 3)
    return PointModel(
        inputs=inputs, bias=bias, shown=0.15, unsure=0.06, named=0.15, example=_EXAMPLE
    )


def infer(
    responses: Sequence[TextExample],
    tables: Mapping[str, PointTables],
    model: PointModel,
    catalog: Catalog,
) -> list[TextExample]:
    """Infer the points that the responses show."""
    found = []
    for text in responses:
        scored = score_text(text, tables[text.control])
        likely: list[dict[PointKey, float]] = [{} for _ in text.units]
        for number, key, row in zip(scored.units, scored.keys, scored.rows, strict=True):
            likely[number][key] = model.probability(row)
        found.append(infer_points(text, likely, catalog))
    return found


def choose_threshold(tables: Tables, model: PointModel, catalog: Catalog) -> PointModel:
    """Choose the probability from which a point counts as shown, on the tune part.

    The points count twice as much as the verdicts on the older responses: a reader sees the
    points, and the older labels ask for less than the catalog's rules.
    """
    counted = count_points(points.load_texts("tune"), tables, model, catalog)
    held = corpus.load("tune")

    def at(shown: float) -> PointModel:
        lower = round(shown * _UNSURE_SHARE, 3)
        return model.model_copy(update={"shown": shown, "named": lower, "unsure": lower})

    def worth(shown: float) -> float:
        whole = ReviewModel(points=at(shown), levels=_START_LEVELS)
        reviewed = review_responses(held, tables, whole, catalog)
        verdicts = measure.figures([one.judge(_START_LEVELS) for one in reviewed])
        return 2 * counted.figures(shown)["F1"] + verdicts["yes F1"]

    return at(max(_SHOWN, key=worth))


def choose_levels(reviewed: Sequence[ReviewedResponse]) -> LevelModel:
    """Choose the bounds of the levels that agree best; false passes count double."""
    levels = _START_LEVELS

    def worth(candidate: LevelModel) -> float:
        found = measure.figures([one.judge(candidate) for one in reviewed])
        return found["kappa"] + found["exact"] / 4 - 2 * found["false passes"]

    grids: list[dict[str, Sequence[float]]] = [
        {"lacking": (1.0, 1.5, 2.0), "some": (1.0, 1.5, 2.0)},
        {"off_topic": (-2.0, -1.6, -1.2, -0.8)},
        {"on_topic": (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)},
    ]
    for grid in grids:
        trials = [
            levels.model_copy(update=dict(zip(grid, values, strict=True)))
            for values in itertools.product(*grid.values())
        ]
        levels = max(trials, key=worth)
    for sign in LEVEL_FOUR_SIGNS:
        trials = [
            levels.model_copy(update={"signs": {**levels.signs, sign: least}})
            for least in (-2.0, -1.5, -1.0, -0.5, 0.0)
        ]
        levels = max(trials, key=worth)
    return levels


def learn_points(
    texts: Sequence[TextExample], responses: Sequence[TextExample], catalog: Catalog
) -> tuple[dict[str, WeightTable], PointModel]:
    """Learn the tables of points and the formula, in the two rounds described above."""
    model = fit_formula(score_held_out(texts, catalog))
    first = select_tables(learn_point_tables(texts, catalog), catalog)
    everything = [*texts, *infer(responses, first, model, catalog)]
    return learn_point_tables(everything, catalog), fit_formula(score_held_out(everything, catalog))


def write(tables: Mapping[str, WeightTable], model: ReviewModel) -> None:
    """Write the tables and the numbers to `data/review/`."""
    for name, table in tables.items():
        path = resource_path("data", "review", "weights", f"{name}.tsv")
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(as_text(table), "utf-8")
    body = model.model_dump()
    body["points"]["inputs"] = {i.pop("name"): i for i in body["points"]["inputs"]}
    text = "# Written by `python -m calibration.train`; docs/reviewer.md describes the method.\n"
    text += yaml.safe_dump(body, sort_keys=False)
    resource_path("data", "review", "model.yaml").write_text(text, "utf-8")


@click.command(help=__doc__)
@click.option("--dry-run", is_flag=True, help="Write nothing.")
def main(*, dry_run: bool) -> None:
    """Learn the tables, choose the thresholds and write both."""
    catalog = load_catalog()
    build = corpus.load("build")
    texts = from_labelled(points.load_texts("build"))
    learned, formula = learn_points(texts, from_responses(build), catalog)
    learned |= learn_sentence_tables(build, catalog)
    tables = Tables(
        select_tables(learned, catalog), SentenceTables(learned["signs"], learned["controls"])
    )
    formula = choose_threshold(tables, formula, catalog)
    first = ReviewModel(points=formula, levels=_START_LEVELS)
    reviewed = review_responses(corpus.load("tune"), tables, first, catalog)
    model = ReviewModel(points=formula, levels=choose_levels(reviewed))
    counted = count_points(points.load_texts("tune"), tables, formula, catalog)
    _print_figures("points, tune", counted.figures(formula.shown))
    judged = [one.judge(model.levels) for one in reviewed]
    _print_figures("responses, tune", measure.figures(judged))
    if not dry_run:
        write(learned, model)


def _print_figures(name: str, figures: Mapping[str, float]) -> None:
    click.echo(f"{name}: " + "  ".join(f"{k} {v:.3f}" for k, v in figures.items()))


if __name__ == "__main__":
    main()
