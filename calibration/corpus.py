"""The corpus under `data/calibration/`: responses with their labels."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from calib.resources import resource_path

PARTS = {
    "build": (
        "adversary",
        "auditor",
        "decoy",
        "engineer",
        "lawyer",
        "minutes",
        "nonnative",
        "oblique",
        "plain",
        "seller",
    ),
    "tune": ("consultant",),
    "sealed": ("delivery", "founder", "researcher"),
}
"""The hands of each part. The sealed part is read by `calibration.validate --sealed` alone."""


Spans = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Label:
    """Hold what a response says of one criterion, and where."""

    verdict: str
    """`yes`, `partly` or `no`."""
    mood: str
    """Why it is `no` although spoken of: `named`, `planned`, `denied`, `hedged`; else empty."""
    spans: Spans
    """The sentence that carries it, as character offsets; empty where nothing speaks of it."""


@dataclass(frozen=True)
class Response:
    """Hold one response of the corpus, as its labels were settled."""

    id: str
    author: str
    control: str
    level: int
    tag: str
    text: str
    criteria: Mapping[str, Label]
    second: tuple[int, Mapping[str, str]] | None
    """Level and verdicts of the blind second reader; None where a program made the text."""
    shows: Mapping[str, Spans] | None
    """Where it names a customer, a result, a document, a review; None where nobody looked."""


def folder(part: str) -> Path:
    """Return where the responses of a part lie."""
    return resource_path("data", "calibration", part)


def load(*parts: str) -> list[Response]:
    """Read the responses of some parts, in order of file and line."""
    return [
        _response(json.loads(line), author)
        for part in parts
        for author in PARTS[part]
        for line in (folder(part) / f"{author}.jsonl").read_text("utf-8").splitlines()
    ]


def _response(row: dict[str, Any], author: str) -> Response:
    criteria = {
        name: Label(label["verdict"], label.get("mood", ""), _spans(label.get("spans", ())))
        for name, label in row["criteria"].items()
    }
    second, shows = row.get("second"), row.get("shows")
    return Response(
        row["id"], author, row["control"], row["level"], row["tag"], row["text"], criteria,
        (second["level"], second["criteria"]) if second else None,
        None if shows is None else {k: _spans(v) for k, v in shows.items()},
    )  # fmt: skip


def _spans(given: Iterable[Sequence[int]]) -> Spans:
    return tuple((start, end) for start, end in given)
