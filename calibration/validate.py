"""Measure the shipped reviewer and write `docs/reviewer-validation.md`.

python -m calibration.validate                      the tune parts only
python -m calibration.validate --sealed "release"   the sealed parts; the opening is recorded
python -m calibration.validate --left-out           also learn without whole parts, about 8 minutes

The measured texts are not used for fitting. The report compares the reviewer with the second
labels, and with baselines fitted on the same build part.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import click
import numpy as np

from calib.catalog.load import load_catalog
from calib.model import Catalog
from calib.resources import resource_path
from calib.review import review
from calib.review.point_scores import load_point_tables
from calib.review.rules import load_review_model
from calib.review.sentence_scores import load_sentence_tables
from calibration import corpus, measure, points
from calibration.baselines import guesses
from calibration.corpus import Response
from calibration.left_out import measure_left_out
from calibration.measure import Judgement
from calibration.page import PointStudy, Study, page
from calibration.reviewing import CountedPoints, CountedText, Tables, count_points

_DRAWS = 1000
_SEED = 7
Interval = tuple[float, float, float]
ItemT = TypeVar("ItemT")


def reviewed(responses: Sequence[Response], catalog: Catalog) -> list[Judgement]:
    """Review responses with the released weights."""
    found = [(r, review(catalog.control(r.control), r.text)) for r in responses]
    return [measure.judgement(r, one.level, one.criteria) for r, one in found]


def second_reader(responses: Sequence[Response]) -> list[Judgement]:
    """Return the blind second labels as judgements."""
    return [Judgement(r, r.second[0], r.second[1], {}) for r in responses if r.second]


def interval(items: Sequence[ItemT], figure: Callable[[Sequence[ItemT]], float]) -> Interval:
    """Return a figure with its 95 % bootstrap interval, items drawn with replacement."""
    rng = np.random.default_rng(_SEED)
    draws = [
        figure([items[i] for i in rng.integers(0, len(items), len(items))]) for _ in range(_DRAWS)
    ]
    low, high = np.nanpercentile(draws, [2.5, 97.5])
    return figure(items), float(low), float(high)


def study(part: str, catalog: Catalog) -> Study:
    """Measure the responses of one part of the corpus."""
    build, asked = corpus.load("build"), corpus.load(part)
    judged = reviewed(asked, catalog)
    rivals = {
        name: [Judgement(r, level, {}, {}) for r, level in zip(asked, levels, strict=True)]
        for name, levels in guesses(build, asked).items()
    }
    named = {
        "kappa": lambda j: measure.kappa(measure.levels(j)),
        "exact": lambda j: measure.figures(j)["exact"],
        "false passes": measure.false_passes,
        "overlap": measure.overlap,
        **{
            f"recall {level}": lambda j, level=level: measure.recall(j, level)
            for level in measure.LEVELS
        },
    }
    figures = {name: interval(judged, figure) for name, figure in named.items()}
    return Study(part, judged, second_reader(asked), rivals, figures)


def point_study(part: str, catalog: Catalog) -> PointStudy:
    """Measure the points found in the texts of one part."""
    tables = Tables({c.id: load_point_tables(c) for c in catalog.controls}, load_sentence_tables())
    model = load_review_model().points
    counted = count_points(points.load_texts(part), tables, model, catalog)

    def figure(name: str) -> Callable[[Sequence[CountedText]], float]:
        return lambda texts: CountedPoints(texts).figures(model.shown)[name]

    names = ("F1", "precision", "recall", "within one", "false points", "quotes")
    figures = {name: interval(counted.texts, figure(name)) for name in names}
    return PointStudy(part, counted, model.shown, figures)


@click.command(help=__doc__)
@click.option("--sealed", metavar="WHY", help="Open the sealed parts, for this reason.")
@click.option("--left-out", is_flag=True, help="Learn again without whole parts.")
@click.option(
    "-o", "output", type=click.Path(path_type=Path), default=Path("docs/reviewer-validation.md")
)
def main(sealed: str | None, output: Path, *, left_out: bool) -> None:
    """Measure and write the page."""
    catalog = load_catalog()
    openings = resource_path("data", "calibration", "sealed", "openings.txt")
    if sealed is not None:
        before = openings.read_text("utf-8") if openings.exists() else ""
        openings.write_text(f"{before}{before.count(chr(10)) + 1}. {sealed}\n", "utf-8")
    part = "sealed" if sealed is not None else "tune"
    found, shown = study(part, catalog), point_study(part, catalog)
    lines = openings.read_text("utf-8").splitlines() if openings.exists() else []
    others = measure_left_out(catalog) if left_out else {}
    text = page(found, shown, others, lines, corpus.load("build", "tune"))
    output.write_text(text, "utf-8")
    for name, (value, low, high) in [*shown.figures.items(), *found.figures.items()]:
        click.echo(f"{name:<14} {value:.3f}  [{low:.3f}, {high:.3f}]")
    click.echo(f"Wrote {output}")


if __name__ == "__main__":
    main()
