"""Measure the shipped reviewer and write `docs/reviewer-validation.md`.

    python -m calibration.validate                      the tune part only
    python -m calibration.validate --sealed "release"   the sealed part; the opening is recorded

The measured responses are not used for fitting. The report compares the reviewer with the second
labels, and with baselines fitted on the same build part.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import click
import numpy as np

from calib.catalog.load import load_catalog
from calib.model import Catalog
from calib.resources import resource_path
from calib.review import review
from calibration import corpus, measure
from calibration.baselines import guesses
from calibration.corpus import Response
from calibration.crossed import by_author, by_control
from calibration.measure import Judgement
from calibration.page import Study, page

_DRAWS = 2000
_SEED = 7
Interval = tuple[float, float, float]


def reviewed(responses: Sequence[Response], catalog: Catalog) -> list[Judgement]:
    """Review responses with the released weights."""
    found = [(r, review(catalog.control(r.control), r.text)) for r in responses]
    return [measure.judgement(r, one.level, one.criteria) for r, one in found]


def second_reader(responses: Sequence[Response]) -> list[Judgement]:
    """Return the blind second labels as judgements."""
    return [Judgement(r, r.second[0], r.second[1], {}) for r in responses if r.second]


def interval(
    judged: Sequence[Judgement], figure: Callable[[Sequence[Judgement]], float]
) -> Interval:
    """Return a figure with its 95 % bootstrap interval, responses drawn with replacement."""
    rng = np.random.default_rng(_SEED)
    draws = [
        figure([judged[i] for i in rng.integers(0, len(judged), len(judged))])
        for _ in range(_DRAWS)
    ]
    low, high = np.nanpercentile(draws, [2.5, 97.5])
    return figure(judged), float(low), float(high)


def study(part: str, catalog: Catalog) -> Study:
    """Measure one part of the corpus."""
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


@click.command(help=__doc__)
@click.option("--sealed", metavar="WHY", help="Open the sealed part, for this reason.")
@click.option(
    "-o", "output", type=click.Path(path_type=Path), default=Path("docs/reviewer-validation.md")
)
def main(sealed: str | None, output: Path) -> None:
    """Measure and write the page."""
    catalog = load_catalog()
    openings = resource_path("data", "calibration", "sealed", "openings.txt")
    if sealed is not None:
        before = openings.read_text("utf-8") if openings.exists() else ""
        openings.write_text(f"{before}{before.count(chr(10)) + 1}. {sealed}\n", "utf-8")
    found = study("sealed" if sealed is not None else "tune", catalog)
    lines = openings.read_text("utf-8").splitlines() if openings.exists() else []
    crossed = {"author": by_author(catalog), "control": by_control(catalog)}
    text = page(found, crossed, lines, corpus.load("build", "tune"))
    output.write_text(text, "utf-8")
    for name, (value, low, high) in found.figures.items():
        click.echo(f"{name:<14} {value:.3f}  [{low:.3f}, {high:.3f}]")
    click.echo(f"Wrote {output}")


if __name__ == "__main__":
    main()
