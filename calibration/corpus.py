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
"""The authors of each part. Only `calibration.validate --sealed` reads the sealed part."""


Spans = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Label:
    """The label of one criterion of a response."""

    verdict: str
    """`yes`, `partly` or `no`."""
    mood: str
    """For a `no` that is mentioned: `named`, `planned`, `denied` or `hedged`; otherwise empty."""
    spans: Spans
    """The sentence that supports it, as character offsets; empty if it is not mentioned."""


@dataclass(frozen=True)
class Response:
    """A response of the corpus with its final labels."""

    id: str
    author: str
    control: str
    level: int
    tag: str
    text: str
    criteria: Mapping[str, Label]
    second: tuple[int, Mapping[str, str]] | None
    """Level and verdicts of the blind second labels; None if a program created the text."""
    shows: Mapping[str, Spans] | None
    """The sentences that name a customer, a result, a document or a review; None if unlabelled."""


def folder(part: str) -> Path:
    """Return the folder of a part."""
    return resource_path("data", "calibration", part)


def load(*parts: str) -> list[Response]:
    """Load the responses of some parts, in order of file and line."""
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
