"""The corpus labelled by points, and how well two readers of it agree.

python -m calibration.points            count texts and labels, part by part
python -m calibration.points --agreement  compare the two readers of the sealed part
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from calib.model import Mood
from calib.resources import resource_path
from calib.review.point_scores import PointKey

REASONS = (
    Mood.PLANNED,
    Mood.DENIED,
    Mood.HEDGED,
    Mood.OTHER,
    Mood.LISTED,
    Mood.WITHDRAWN,
    Mood.AIM,
)
"""Why a point that is named does not count."""
PARTS = ("build", "tune", "sealed")
SECOND_READER = "second-reader.jsonl"


@dataclass(frozen=True)
class LabelledText:
    """A text with the points it shows and the points it only names."""

    id: str
    part: str
    control: str
    kind: str
    text: str
    shown: Mapping[PointKey, tuple[str, ...]]
    """The quotes that show the point, each a substring of the text."""
    named: Mapping[PointKey, tuple[str, Mood]]
    """The quote, and one of REASONS."""


def folder() -> Path:
    """Return the folder of the corpus."""
    return resource_path("data", "calibration", "points")


def load_texts(part: str) -> list[LabelledText]:
    """Load the texts of a part in order of file and line, without the second reader's."""
    paths = sorted((folder() / part).glob("*.jsonl"))
    return [text for path in paths if path.name != SECOND_READER for text in _read(path, path.stem)]


def _read(path: Path, part: str) -> Iterator[LabelledText]:
    for line in path.read_text("utf-8").splitlines():
        row = json.loads(line)
        yield LabelledText(
            id=row["id"],
            part=part,
            control=row["control"],
            kind=row.get("kind", ""),
            text=row.get("text", ""),
            shown={key: tuple(quotes) for key, quotes in _by_point(row["shown"])},
            named={key: (quote, Mood(why)) for key, (quote, why) in _by_point(row["named"])},
        )


def _by_point(labels: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[PointKey, Any]]:
    for criterion, points in labels.items():
        for point, value in points.items():
            yield (criterion, point), value


def reader_agreement() -> dict[str, float]:
    """Return the F1 of the second reader's points against the first's, by control and in all."""
    second = {text.id: text for text in _read(folder() / "sealed" / SECOND_READER, "second")}
    pairs = [(text, second[text.id]) for text in load_texts("sealed") if text.id in second]
    controls = sorted({first.control for first, _ in pairs})
    found = {c: _f1([p for p in pairs if p[0].control == c]) for c in controls}
    return {**found, "all": _f1(pairs)}


def _f1(pairs: Sequence[tuple[LabelledText, LabelledText]]) -> float:
    both = sum(len(a.shown.keys() & b.shown.keys()) for a, b in pairs)
    return 2 * both / sum(len(a.shown) + len(b.shown) for a, b in pairs)


@click.command(help=__doc__)
@click.option("--agreement", is_flag=True, help="Compare the two readers of the sealed part.")
def main(*, agreement: bool) -> None:
    """Print counts or agreement."""
    if agreement:
        for name, value in reader_agreement().items():
            click.echo(f"{name:<12} F1 {value:.3f}")
        return
    for part in PARTS:
        texts = load_texts(part)
        for file in dict.fromkeys(text.part for text in texts):
            chosen = [text for text in texts if text.part == file]
            shown, named = sum(len(t.shown) for t in chosen), sum(len(t.named) for t in chosen)
            empty = sum(not t.shown for t in chosen)
            click.echo(
                f"{part:<7} {file:<16} {len(chosen):>4} texts  {shown:>4} points shown  "
                f"{named:>4} named  {empty:>3} texts show none"
            )


if __name__ == "__main__":
    main()
