"""Cross-validation: leave one author out, leave one control out."""

from __future__ import annotations

from calib.model import Catalog
from calib.review.rules import VerdictModel, load_verdict_model
from calibration import corpus
from calibration.corpus import Response
from calibration.learn import learn
from calibration.measure import Judgement
from calibration.train import cases, fold, judge, unseen, without


def by_author(catalog: Catalog) -> dict[str, list[Judgement]]:
    """Review each build author with tables and a verdict rule learned from the others."""
    folds, found = unseen(corpus.load("build"), catalog)
    return {
        one.name: judge([one], catalog, without(found, at, load_verdict_model()))
        for at, one in enumerate(folds)
    }


def by_control(catalog: Catalog) -> dict[str, list[Judgement]]:
    """Review each control of the tune part with moods and a verdict rule learned without it.

    The words of its criteria can only be learned from the control itself, so its topics and the
    table of controls are those of the build part.
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


def _decided(rest: list[Response], catalog: Catalog, tables: dict) -> VerdictModel:
    return without([cases(rest, catalog, tables)], -1, load_verdict_model())
