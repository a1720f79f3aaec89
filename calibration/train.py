"""Learn the reviewer's weights from the build part and write them to `data/review/`.

    python -m calibration.train            learn, tune, write
    python -m calibration.train --dry-run  only print the figures for each author

The verdict rule is learned from held-out scores: each author is scored with tables learned from the
other authors, because scores on training texts are too confident. Thresholds are chosen on the tune
part and on those held-out scores; the sealed part is not opened here.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import click
import numpy as np
import yaml
from sklearn.linear_model import LogisticRegression

from calib.catalog.load import load_catalog
from calib.model import Catalog, Control
from calib.resources import resource_path
from calib.review.language import detect_foreign_language
from calib.review.review import judge_criteria as judge_said
from calib.review.review import rank_sentences, runner_up_probability, weigh_sentences
from calib.review.rules import VerdictInput, VerdictModel
from calib.review.sentence_scores import (
    INPUT_NAMES,
    LEVEL_FOUR_SIGNS,
    ScoredSentence,
    control_margin,
    score_sentences,
    verdict_inputs,
)
from calib.review.sentences import split_sentences
from calib.review.weights import WeightTable
from calibration import corpus, measure
from calibration.corpus import PARTS, Response
from calibration.learn import as_text, covers, learn, of_control
from calibration.measure import Judgement

START = VerdictModel(
    inputs=tuple(
        VerdictInput(name=n, mean=0, scale=1, weight=w)
        for n, w in zip(INPUT_NAMES, (1, 0.5, 0.5, 0.1, 0.1, 0.1, 0.1), strict=True)
    ),
    second=0, bias=-1, yes=0.6, partly=0.45, speaks=0.25, on_topic=0.35, lacking=1.5, some=1.5,
    sure=0.9, extras=dict.fromkeys(LEVEL_FOUR_SIGNS, -2.0),
)  # fmt: skip
_SEED = 3
_FRAGMENT_WEIGHT = 0.15
"""The weight of a case made of one to three sentences that are read as a whole response."""
_BAND = 0.1
"""The least distance between the thresholds of "yes" and "partly"."""
_FOREIGN_WEIGHT = 0.4
"""The weight of a response that is read as an answer to another control."""


@dataclass(frozen=True)
class Case:
    """One criterion of one response, with the verdict inputs of each sentence."""

    said: tuple[ScoredSentence, ...]
    rows: list[tuple[float, ...]]
    carried: bool
    weight: float


def cases(
    responses: Iterable[Response], catalog: Catalog, tables: Mapping[str, WeightTable]
) -> list[Case]:
    """Score responses with tables not learned from them, also as answers to another control."""
    rng = random.Random(_SEED)  # noqa: S311 - no secret is drawn
    found = []
    for response in responses:
        control = catalog.control(response.control)
        found += _cases(response, control, tables, 1.0)
        if response.level >= 2:
            others = [c for c in catalog.controls if c is not control]
            found += _cases(response, rng.choice(others), tables, _FOREIGN_WEIGHT)
        if response.level:
            found += _cases(response, control, tables, _FRAGMENT_WEIGHT, rng.randint(1, 3))
    return found


def _cases(
    response: Response,
    control: Control,
    tables: Mapping[str, WeightTable],
    weight: float,
    few: int = 0,
) -> list[Case]:
    """Score a response, or `few` of its sentences as if they were the whole response."""
    of = of_control(tables, control.id)
    said = score_sentences(control, split_sentences(response.text), of)
    if few:
        # Start at a sentence that supports a criterion.
        carries = [n for n, s in enumerate(said) if any(_rest_on(s, response))]
        start = carries[len(carries) // 2] if carries else 0
        said = said[start : start + few]
    place = of.controls.columns.index(control.id)
    whole = control_margin(said, place)
    return [
        Case(
            said,
            verdict_inputs(said, at, place, whole),
            _carried(response, criterion.id, said),
            weight,
        )
        for at, criterion in enumerate(control.criteria)
        if said
    ]


def _rest_on(said: ScoredSentence, response: Response) -> Iterator[str]:
    """Yield the criteria whose "yes" is based on a sentence."""
    span = said.sentence.span
    for name, label in response.criteria.items():
        if label.verdict == "yes" and any(covers(span.start, span.end, *s) for s in label.spans):
            yield name


def _carried(response: Response, criterion: str, said: Sequence[ScoredSentence]) -> bool:
    """Return whether these sentences support a criterion; never those of another control."""
    return any(criterion in _rest_on(one, response) for one in said)


def decide(found: Sequence[Case], rounds: int = 4) -> VerdictModel:
    """Fit the verdict rule; each round selects the deciding sentences again."""
    stacked = np.array([row for case in found for row in case.rows])
    mean, scale = stacked.mean(0), stacked.std(0) + 1e-6
    way = START.model_copy(
        update={
            "inputs": tuple(
                VerdictInput(
                    name=i.name, mean=round(m, 4), scale=max(round(s, 4), 0.001), weight=i.weight
                )
                for i, m, s in zip(START.inputs, mean.tolist(), scale.tolist(), strict=True)
            )
        }
    )
    for _ in range(rounds):
        rows, answers, counts = [], [], []
        for case in found:
            weights = weigh_sentences(way, case.said, case.rows)
            order = rank_sentences(weights)
            if order:
                best = case.rows[order[0]]
                scaled = [(x - i.mean) / i.scale for i, x in zip(way.inputs, best, strict=True)]
                rows.append([*scaled, runner_up_probability(way, weights, order)])
                answers.append(case.carried)
                counts.append(case.weight)
        model = LogisticRegression(C=1.0, solver="liblinear", max_iter=300, random_state=0)
        model.fit(rows, answers, counts)
        *learned, last = model.coef_[0].tolist()
        way = way.model_copy(
            update={
                "inputs": tuple(
                    i.model_copy(update={"weight": round(w, 3)})
                    for i, w in zip(way.inputs, learned, strict=True)
                ),
                "second": round(last, 3),
                "bias": round(float(model.intercept_[0]), 3),
            }
        )
    return way


@dataclass(frozen=True)
class Fold:
    """Responses with their scores by tables not learned from them."""

    name: str
    responses: list[Response]
    tables: Mapping[str, WeightTable]
    said: list[tuple[ScoredSentence, ...]]


def fold(
    name: str, responses: list[Response], catalog: Catalog, tables: Mapping[str, WeightTable]
) -> Fold:
    """Score responses; one that is not in English gets no sentences."""
    said = [
        ()
        if detect_foreign_language(r.text)
        else score_sentences(
            catalog.control(r.control), split_sentences(r.text), of_control(tables, r.control)
        )
        for r in responses
    ]
    return Fold(name, responses, tables, said)


def judge(folds: Iterable[Fold], catalog: Catalog, way: VerdictModel) -> list[Judgement]:
    """Review the scored responses."""
    found = []
    for one in folds:
        for response, said in zip(one.responses, one.said, strict=True):
            control = catalog.control(response.control)
            reviews, level = judge_said(control, way, of_control(one.tables, control.id), said)
            found.append(measure.judgement(response, level, reviews))
    return found


def tune(groups: Sequence[Sequence[Fold]], catalog: Catalog, way: VerdictModel) -> VerdictModel:
    """Choose the thresholds that agree best on the levels; false passes count double.

    Each group has the same weight: the build authors, scored by tables without them, and the tune
    part, the only one scored by the released tables, which are learned from all build authors.
    """

    def worth(candidate: VerdictModel) -> float:
        found = [measure.figures(judge(folds, catalog, candidate)) for folds in groups]
        return sum(
            f["kappa"] + f["exact"] / 4 + f["yes F1"] / 2 - 2 * f["false passes"] for f in found
        )

    grids: list[dict[str, Sequence[float]]] = [
        {"yes": (0.5, 0.55, 0.6, 0.65, 0.7, 0.75), "partly": (0.3, 0.35, 0.4, 0.45, 0.5)},
        {"lacking": (1.0, 1.5), "some": (1.0, 1.5)},
        {"sure": (0.7, 0.8, 0.9, 0.95, 0.98)},
        {"on_topic": (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)},
    ]
    for grid in grids:
        trials = [
            way.model_copy(update=dict(zip(grid, values, strict=True)))
            for values in itertools.product(*grid.values())
        ]
        way = max((t for t in trials if t.partly <= t.yes - _BAND), key=worth)
    for thing in LEVEL_FOUR_SIGNS:
        trials = [
            way.model_copy(update={"extras": {**way.extras, thing: least}})
            for least in (-2.0, -1.5, -1.0, -0.5, 0.0)
        ]
        way = max(trials, key=worth)
    return way


def unseen(build: Sequence[Response], catalog: Catalog) -> tuple[list[Fold], list[list[Case]]]:
    """Score each build author with tables learned from the others."""
    folds, found = [], []
    for author in PARTS["build"]:
        own = [r for r in build if r.author == author]
        tables = learn([r for r in build if r.author != author], catalog)
        folds.append(fold(author, own, catalog, tables))
        found.append(cases(own, catalog, tables))
        click.echo(f"{author}: scored by tables of the other authors", err=True)
    return folds, found


def without(
    found: Sequence[Sequence[Case]], left_out: int, thresholds: VerdictModel
) -> VerdictModel:
    """Fit the verdict rule without one fold, with given thresholds."""
    learned = decide([c for at, cs in enumerate(found) if at != left_out for c in cs])
    return thresholds.model_copy(
        update={"inputs": learned.inputs, "second": learned.second, "bias": learned.bias}
    )


def write(tables: Mapping[str, WeightTable], way: VerdictModel) -> None:
    """Write the tables and the verdict rule to `data/review/`."""
    for name, table in tables.items():
        path = resource_path("data", "review", "weights", f"{name}.tsv")
        path.parent.mkdir(exist_ok=True)
        path.write_text(as_text(table), "utf-8")
    body = way.model_dump()
    body["inputs"] = {i.pop("name"): i for i in body["inputs"]}
    text = "# Written by `python -m calibration.train`; docs/reviewer.md describes the method.\n"
    text += yaml.safe_dump(body, sort_keys=False)
    resource_path("data", "review", "verdict.yaml").write_text(text, "utf-8")


@click.command(help=__doc__)
@click.option("--dry-run", is_flag=True, help="Write nothing.")
def main(*, dry_run: bool) -> None:
    """Learn the tables, tune the thresholds and write both."""
    catalog = load_catalog()
    build, held = corpus.load("build"), corpus.load("tune")
    folds, found = unseen(build, catalog)
    tables = learn(build, catalog)
    way = decide([c for cs in found for c in cs])
    kept = fold("tune", held, catalog, tables)
    way = tune([folds, [kept]], catalog, way)
    for at, one in enumerate(folds):
        _print_figures(one.name, judge([one], catalog, without(found, at, way)))
    _print_figures(kept.name, judge([kept], catalog, way))
    click.echo(yaml.safe_dump(way.model_dump(exclude={"inputs"}), sort_keys=False))
    if not dry_run:
        write(tables, way)


def _print_figures(name: str, judged: Sequence[Judgement]) -> None:
    numbers = "  ".join(f"{k} {v:.3f}" for k, v in measure.figures(judged).items())
    click.echo(f"{name:<11} {numbers}")


if __name__ == "__main__":
    main()
