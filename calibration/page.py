"""The validation report as a page of Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from calibration import measure
from calibration.corpus import Response
from calibration.measure import LEVELS, Judgement
from calibration.reviewing import CountedPoints, CountedText

_TARGETS = {
    "kappa": "≥ 0.85", "false passes": "≤ 0.02", "overlap": "≥ 0.80", "recall 1": "≥ 0.70",
    "recall 2": "≥ 0.70", "recall 3": "≥ 0.70",
}  # fmt: skip
_NAMES = {
    "kappa": "quadratic weighted kappa of the level",
    "exact": "exact level",
    "false passes": "false passes (level 0 or 1 reviewed as 3 or 4)",
    "overlap": "displayed sentence overlaps the labelled one",
}


@dataclass(frozen=True)
class Study:
    """The measurements on one part of the corpus."""

    part: str
    judged: list[Judgement]
    second: list[Judgement]
    rivals: Mapping[str, list[Judgement]]
    figures: Mapping[str, tuple[float, float, float]]


@dataclass(frozen=True)
class PointStudy:
    """The measurements of points on one part of the corpus."""

    part: str
    counted: CountedPoints
    threshold: float
    figures: Mapping[str, tuple[float, float, float]]


def page(
    study: Study,
    shown: PointStudy,
    left_out: Mapping[str, tuple[CountedPoints, float]],
    openings: Sequence[str],
    others: Sequence[Response],
) -> str:
    """Render the page."""
    parts = [
        _head(study, openings),
        _points(shown),
        _points_by("control", shown, lambda one: one.text.control),
        _points_by("part", shown, lambda one: one.text.part),
        _single_points(shown),
        *([_left_out(left_out)] if left_out else []),
        _main(study),
        _beside(study),
        _confusion(study),
        _by("control", study, lambda j: j.response.control),
        _by("author", study, lambda j: j.response.author),
        _by("tag", study, lambda j: j.response.tag),
        _criteria(study),
        _agreement(study, others),
    ]
    return "\n\n".join(parts) + "\n"


_POINT_NAMES = {
    "F1": ("F1 of points", "≥ 0.85"),
    "precision": ("precision", ""),
    "recall": ("recall", ""),
    "within one": ("number of points right within one", "≥ 0.90"),
    "false points": ("texts that show nothing, with a point found", "≤ 0.08"),
    "quotes": ("quoted sentence overlaps a labelled quote", "≥ 0.95"),
}


def _points(shown: PointStudy) -> str:
    rows = [
        (_POINT_NAMES[name][0], f"{value:.3f}", f"{low:.3f} to {high:.3f}", _POINT_NAMES[name][1])
        for name, (value, low, high) in shown.figures.items()
    ]
    head = ["", "figure", "95 % interval", "target"]
    count = len(shown.counted.texts)
    text = f"## Points\n\n{count} texts labelled point by point that were not used for fitting.\n\n"
    return text + _table(head, rows)


def _point_figures(texts: Sequence[CountedText], threshold: float) -> tuple[str, ...]:
    found = CountedPoints(texts).figures(threshold)
    return tuple(f"{found[name]:.2f}" for name in _POINT_NAMES)


def _points_by(name: str, shown: PointStudy, key: Callable[[CountedText], str]) -> str:
    groups: dict[str, list[CountedText]] = {}
    for one in shown.counted.texts:
        groups.setdefault(key(one), []).append(one)
    rows = [
        (group, len(texts), *_point_figures(texts, shown.threshold))
        for group, texts in sorted(groups.items())
    ]
    return f"## Points by {name}\n\n" + _table([name, "n", *_POINT_NAMES], rows)


def _single_points(shown: PointStudy) -> str:
    given: Counter[str] = Counter()
    said: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for one in shown.counted.texts:
        found = one.found(shown.threshold)
        given.update(map(".".join, one.text.shown))
        said.update(map(".".join, found))
        right.update(map(".".join, found & one.text.shown.keys()))
    scores = {n: 2 * right[n] / (given[n] + said[n]) for n in given.keys() | said.keys()}
    rows = [
        (n, given[n], said[n], f"{scores[n]:.2f}") for n in sorted(scores, key=scores.__getitem__)
    ]
    text = (
        "## Single points\n\nLowest F1 first; few examples each, so single figures are rough.\n\n"
    )
    return text + _table(["point", "labelled", "found", "F1"], rows)


def _left_out(left_out: Mapping[str, tuple[CountedPoints, float]]) -> str:
    rows = [
        (group, len(counted.texts), *_point_figures(counted.texts, threshold))
        for group, (counted, threshold) in left_out.items()
    ]
    text = (
        "## Whole parts left out\n\nBuild part; the weights were learned without the group. "
        "The documents stand for real ones; the odd words are deliberately far from the others.\n\n"
    )
    return text + _table(["left out", "n", *_POINT_NAMES], rows)


def _head(study: Study, openings: Sequence[str]) -> str:
    of = "sealed part" if study.part == "sealed" else f"{study.part} part"
    opened = "\n".join(f"- {line}" for line in openings) or "- none yet"
    return (
        "# Validation of the reviewer\n\n"
        "Written by `python -m calibration.validate`; [reviewer.md](reviewer.md) describes the "
        f"corpus and the limits of these figures. Measured on the {of}: {len(study.judged)} "
        "responses that were not used for fitting. Openings of the sealed part:\n\n"
        f"{opened}"
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    lines += ["| " + " | ".join(map(str, row)) + " |" for row in rows]
    return "\n".join(lines)


def _main(study: Study) -> str:
    rows = [
        (
            _NAMES.get(name, f"{name.replace('recall', 'recall of level')}"),
            f"{value:.3f}",
            f"{low:.3f} to {high:.3f}",
            _TARGETS.get(name, ""),
        )
        for name, (value, low, high) in study.figures.items()
    ]
    yes = measure.figures(study.judged)["yes F1"]
    rows.insert(2, ('F1 of "yes", mean over the criteria', f"{yes:.3f}", "", "≥ 0.85"))
    low = sum(j.response.level <= 1 for j in study.judged)
    note = (
        f"\n\nThe bootstrap of the false passes covers only the {low} texts at levels 0 and 1. "
        f"Even if none of them passed, up to {3 / low:.1%} of such texts may pass (rule of three)."
    )
    return "## Main figures\n\n" + _table(["", "figure", "95 % interval", "target"], rows) + note


def _beside(study: Study) -> str:
    rows = [("**the reviewer**", *_level_figures(study.judged))]
    rows += [(name, *_level_figures(judged)) for name, judged in study.rivals.items()]
    rows.append(("second labeller, blind", *_level_figures(study.second)))
    head = ["", "kappa", "exact", "false passes"]
    text = (
        "## Baselines\n\nThe baselines are fitted on the same build part and predict only a level. "
        "The second labeller is another run of a language model, like the authors; its agreement "
        "is not human agreement.\n\n"
    )
    return text + _table(head, rows)


def _level_figures(judged: Sequence[Judgement]) -> tuple[str, str, str]:
    pairs = measure.levels(judged)
    exact = sum(a == b for a, b in pairs) / len(pairs)
    return f"{measure.kappa(pairs):.3f}", f"{exact:.3f}", f"{measure.false_passes(judged):.3f}"


def _confusion(study: Study) -> str:
    counted = Counter(measure.levels(study.judged))
    rows = [
        (f"labelled {a}", *(counted[a, b] or "·" for b in LEVELS),
         f"{measure.recall(study.judged, a):.2f}")
        for a in LEVELS
    ]  # fmt: skip
    head = ["", *(f"reviewed {b}" for b in LEVELS), "recall"]
    return "## Confusion matrix\n\n" + _table(head, rows)


def _by(name: str, study: Study, key) -> str:  # noqa: ANN001
    groups: dict[str, list[Judgement]] = {}
    for j in study.judged:
        groups.setdefault(key(j), []).append(j)
    rows = []
    for group, judged in sorted(groups.items()):
        pairs = measure.levels(judged)
        said = [b for _, b in pairs]
        rows.append(
            (
                group, len(judged),
                f"{sum(a == b for a, b in pairs) / len(pairs):.2f}",
                f"{sum(abs(a - b) <= 1 for a, b in pairs) / len(pairs):.2f}",
                f"{sum(a for a, _ in pairs) / len(pairs):.1f}",
                f"{sum(said) / len(said):.1f}", max(said),
            )
        )  # fmt: skip
    head = [name, "n", "exact", "within one", "mean label", "mean reviewed", "highest reviewed"]
    return f"## By {name}\n\n" + _table(head, rows)


def _criteria(study: Study) -> str:
    found = measure.yes_by_criterion(study.judged)
    counts = Counter(
        f"{j.response.control} {name}"
        for j in study.judged
        for name, label in j.response.criteria.items()
        if label.verdict == "yes"
    )
    ordered = sorted(found.items(), key=lambda row: row[1])
    rows = [(name, counts[name], f"{value:.2f}") for name, value in ordered]
    text = '## By criterion\n\nF1 of "yes", lowest first.\n\n'
    return text + _table(["criterion", "labelled yes", "F1"], rows)


def _agreement(study: Study, others: Sequence[Response]) -> str:
    rows = []
    responses = [*others, *(j.response for j in study.judged if study.part == "sealed")]
    for author in sorted({r.author for r in responses}):
        own = [(r, r.second) for r in responses if r.author == author and r.second]
        pairs = [(r.level, second[0]) for r, second in own]
        verdicts = [
            (label.verdict, second[1].get(name))
            for r, second in own
            for name, label in r.criteria.items()
        ]
        same = sum(a == b for a, b in verdicts) / len(verdicts)
        rows.append((author, len(own), f"{measure.kappa(pairs):.3f}", f"{same:.3f}"))
    head = ["author", "responses", "kappa of the level", "same verdict"]
    note = "Copied examples are excluded: a program created them, without a second label.\n\n"
    return "## Agreement of the two labellers\n\n" + note + _table(head, rows)
