"""Combine an author's responses with the second labels into a file of the corpus.

    python -m calibration.collect hands/auditor.txt --brief briefs/auditor.txt \\
        --numbered blind/auditor.txt --second second/auditor.txt --shows shows.txt \\
        -o data/calibration/build/auditor.jsonl

An author writes plain text: `=== ID`, the text, three dashes, `level N`, and a line per criterion:
`criterion verdict [mood] | the sentence, word for word`. The second labeller gets the text with
numbered sentences and writes `ID level=N criterion=verdict@number ...`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from calib.catalog.load import load_catalog

VERDICTS = ("yes", "partly", "no")
MOODS = ("named", "planned", "denied", "hedged")
Spans = list[list[int]]


def written(path: Path) -> Iterator[dict[str, Any]]:
    """Read an author's responses; raises ValueError with the id and the line."""
    for block in re.split(r"^=== ?", path.read_text("utf-8"), flags=re.MULTILINE)[1:]:
        head, _, rest = block.partition("\n")
        text, dashes, labels = rest.partition("\n---\n")
        row: dict[str, Any] = {"id": head.split()[0], "text": text.strip("\n"), "criteria": {}}
        if not dashes:
            raise ValueError(f"{row['id']}: a line of three dashes is missing")
        for line in filter(str.strip, labels.splitlines()):
            _label(row, line)
        yield row


def _label(row: dict[str, Any], line: str) -> None:
    left, _, quote = line.partition("|")
    name, said, *mood = left.split()
    if name == "level":
        row["level"] = int(said)
        return
    if said not in VERDICTS or (mood and mood[0] not in MOODS):
        raise ValueError(f"{row['id']}: cannot read {line!r}")
    label: dict[str, Any] = {"verdict": said}
    if mood:
        label["mood"] = mood[0]
    if quote.strip():
        label["spans"] = [place(row["text"], quote.strip(), row["id"])]
    row["criteria"][name] = label


def place(text: str, quote: str, where: str) -> list[int]:
    """Find a quote in its text, however lines were wrapped; raises ValueError."""
    pattern = r"\s+".join(map(re.escape, quote.split()))
    found = re.search(pattern, text)
    if found is None:
        raise ValueError(f"{where}: not found in the text: {quote[:60]!r}")
    return [found.start(), found.end()]


def numbered(path: Path) -> dict[str, Spans]:
    """Return the spans of the numbered sentences of each text, in the text without numbers."""
    found: dict[str, Spans] = {}
    for block in re.split(r"^=== ", path.read_text("utf-8"), flags=re.MULTILINE)[1:]:
        head, _, text = block.partition("\n")
        text = text.rstrip("\n")
        starts, at, number, removed = [], 0, 1, 0
        while (mark := text.find(f"[{number}] ", at)) >= 0:
            starts.append(mark - removed)
            removed += len(f"[{number}] ")
            at, number = mark + 1, number + 1
        ends = [*starts[1:], len(text) - removed]
        found[head.split()[0]] = [[a, b] for a, b in zip(starts, ends, strict=True)]
    return found


def said_second(path: Path) -> dict[str, dict[str, Any]]:
    """Read the level and verdicts of the second labels."""
    found = {}
    for line in filter(str.strip, path.read_text("utf-8").splitlines()):
        name, level, *verdicts = line.split()
        pairs = (v.split("=") for v in verdicts)
        found[name] = {
            "level": int(level.removeprefix("level=")),
            "criteria": {c: v.partition("@")[0] for c, v in pairs},
        }
    return found


def shown(path: Path, sentences: Mapping[str, Spans]) -> dict[str, dict[str, Spans]]:
    """Read the sentences that name a customer, a result, a document or a review."""
    found = {}
    for line in filter(str.strip, path.read_text("utf-8").splitlines()):
        name, *things = line.split()
        if name in sentences:
            found[name] = {
                thing: [sentences[name][int(n) - 1] for n in numbers.split(",")]
                for thing, _, numbers in (t.partition("=") for t in things)
                if numbers not in {"-", ""}
            }
    return found


@click.command(help=__doc__)
@click.argument("hand", type=click.Path(exists=True, path_type=Path))
@click.option("--brief", type=click.Path(exists=True, path_type=Path), required=True)
@click.option("--numbered", "blind", type=click.Path(exists=True, path_type=Path), required=True)
@click.option("--second", type=click.Path(exists=True, path_type=Path), required=True)
@click.option("--shows", type=click.Path(exists=True, path_type=Path))
@click.option("-o", "output", type=click.Path(path_type=Path), required=True)
def main(
    hand: Path, brief: Path, blind: Path, second: Path, shows: Path | None, output: Path
) -> None:
    """Write the responses of one author as JSON Lines."""
    criteria = {c.id: {x.id for x in c.criteria} for c in load_catalog().controls}
    briefs = {w[0]: w for w in map(str.split, brief.read_text("utf-8").splitlines())}
    others, sentences = said_second(second), numbered(blind)
    things = shown(shows, sentences) if shows else {}
    rows = []
    for row in sorted(written(hand), key=lambda r: r["id"]):
        control, tag = briefs[row["id"]][1], briefs[row["id"]][4]
        if set(row["criteria"]) != criteria[control]:
            raise ValueError(f"{row['id']}: the criteria differ from those of {control}")
        whole = {"id": row["id"], "control": control, "level": row["level"], "tag": tag}
        whole |= {"text": row["text"], "criteria": row["criteria"]}
        whole["second"] = others[row["id"]]
        if row["id"] in things:
            whole["shows"] = things[row["id"]]
        rows.append(json.dumps(whole, ensure_ascii=False))
    output.write_text("\n".join(rows) + "\n", "utf-8")
    click.echo(f"{output}: {len(rows)} responses")


if __name__ == "__main__":
    main()
