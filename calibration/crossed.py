"""Leave one author out, leave one control out: does what was learned hold elsewhere?"""

from __future__ import annotations

from calib.model import Catalog
from calib.review.rules import Way, way
from calibration import corpus
from calibration.corpus import PARTS, Response
from calibration.learn import learn
from calibration.measure import Judgement
from calibration.train import Case, cases, decide, fold, judge


def by_author(catalog: Catalog) -> dict[str, list[Judgement]]:
    """Read each build author with tables and a verdict learned from the others."""
    build = corpus.load("build")
    folds, found = [], []
    for author in PARTS["build"]:
        own = [r for r in build if r.author == author]
        tables = learn([r for r in build if r.author != author], catalog)
        folds.append(fold(author, own, catalog, tables))
        found.append(cases(own, catalog, tables))
    return {one.name: judge([one], catalog, _without(found, at)) for at, one in enumerate(folds)}


def _without(found: list[list[Case]], left_out: int) -> Way:
    """Decide from every fold but one, with the shipped thresholds."""
    learned = decide([c for at, cs in enumerate(found) if at != left_out for c in cs])
    return way().model_copy(
        update={"inputs": learned.inputs, "second": learned.second, "bias": learned.bias}
    )


def by_control(catalog: Catalog) -> dict[str, list[Judgement]]:
    """Read each control of the tune part with moods and a verdict that never saw that control.

    Which words speak of which criterion can be learned from that control alone, so its topics and
    the table of controls are those of the build part.
    """
    build, held = corpus.load("build"), corpus.load("tune")
    whole = learn(build, catalog)
    found = {}
    for control in catalog.controls:
        rest = [r for r in build if r.control != control.id]
        tables = {**whole, "moods": learn(rest, catalog, only={"moods"})["moods"]}
        asked = [r for r in held if r.control == control.id]
        verdict = _decided(rest, catalog, tables)
        found[control.id] = judge([fold(control.id, asked, catalog, tables)], catalog, verdict)
    return found


def _decided(rest: list[Response], catalog: Catalog, tables: dict) -> Way:
    return _without([cases(rest, catalog, tables)], left_out=-1)
