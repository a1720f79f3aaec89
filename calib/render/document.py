"""The small document model that every rendering of the report is made from.

A section is a list of blocks; text stands in runs. The HTML and the PDF render the same blocks, so
they cannot say different things. Blocks hold plain text only: escaping is the renderers' business.
"""

from __future__ import annotations

from dataclasses import dataclass, field, is_dataclass
from typing import Any

MIME = "application/vnd.calib.section+json"
"""The type under which a notebook output carries a section as data."""


@dataclass(frozen=True, slots=True)
class Run:
    """Hold text in one style: "", strong, em, muted, code, badge-TONE, level-N or ref."""

    text: str
    style: str = ""
    href: str = ""


Runs = tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Hold one paragraph; a `lead` one is set larger."""

    runs: Runs
    style: str = ""
    kind: str = "paragraph"


@dataclass(frozen=True, slots=True)
class Heading:
    """Hold a heading inside a section, level 3 or 4."""

    text: str
    level: int = 3
    id: str = ""
    kind: str = "heading"


@dataclass(frozen=True, slots=True)
class BulletList:
    """Hold a list."""

    items: tuple[Runs, ...]
    kind: str = "bullets"


@dataclass(frozen=True, slots=True)
class DefinitionList:
    """Hold labels with their values."""

    pairs: tuple[tuple[str, Runs], ...]
    kind: str = "facts"


@dataclass(frozen=True, slots=True)
class Card:
    """Hold one tile: a label, a value, a word on how it stands, a note."""

    label: str
    title: str
    value: str
    unit: str
    badge: Run
    note: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class CardGrid:
    """Hold tiles side by side."""

    cards: tuple[Card, ...]
    kind: str = "cards"


@dataclass(frozen=True, slots=True)
class Column:
    """Hold a column's title, relative width and alignment (left, center, right)."""

    title: str
    width: float = 1
    align: str = "left"


@dataclass(frozen=True, slots=True)
class TableRow:
    """Hold the cells of a row and what opens below it."""

    cells: tuple[Runs, ...]
    details: tuple[Any, ...] = ()
    id: str = ""
    opens: str = ""
    """The words on what opens the details."""


@dataclass(frozen=True, slots=True)
class TableBlock:
    """Hold a table; the first cell of each row is its header."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[TableRow, ...]
    kind: str = "table"


@dataclass(frozen=True, slots=True)
class ChartBlock:
    """Hold a chart as plotly data, with the words and the table that stand for it."""

    id: str
    title: str
    alt: str
    figure: dict[str, Any]
    width: int
    height: int
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    scale: float = 1
    """How large it stands on paper, compared with the others."""
    kind: str = "figure"


@dataclass(frozen=True, slots=True)
class Callout:
    """Hold blocks in a box of a tone."""

    tone: str
    title: str
    blocks: tuple[Any, ...]
    kind: str = "callout"


@dataclass(frozen=True, slots=True)
class NarrativeSegment:
    """Hold a stretch of a narrative: plain, or a sentence that a criterion's finding points at."""

    text: str
    tone: str = ""
    number: int = 0
    note: str = ""
    """What the sentence is for, in words."""


@dataclass(frozen=True, slots=True)
class Narrative:
    """Hold a partner's text in paragraphs, marked."""

    id: str
    paragraphs: tuple[tuple[NarrativeSegment, ...], ...]
    bullets: tuple[bool, ...]
    """Which paragraphs are entries of a list."""
    kind: str = "narrative"


@dataclass(frozen=True, slots=True)
class Signatures:
    """Hold lines to sign on paper: in what role, and the name where it is known."""

    people: tuple[tuple[str, str], ...]
    kind: str = "signatures"


@dataclass(frozen=True, slots=True)
class Section:
    """Hold one section of the report."""

    id: str
    title: str
    blocks: tuple[Any, ...]
    kicker: str = ""
    kind: str = "section"
    meta: dict[str, Any] = field(default_factory=dict)
    """What the renderers need beside the text: branding, versions, the result itself."""

    def data(self) -> dict[str, Any]:
        """Return the section as plain JSON data, to be read and not changed."""
        data: dict[str, Any] = _to_json_data(self)
        return data


def _to_json_data(value: Any) -> Any:
    """Do what `dataclasses.asdict` does, without copying what holds no block."""
    if isinstance(value, tuple):
        return [_to_json_data(one) for one in value]
    if is_dataclass(value):
        return {name: _to_json_data(getattr(value, name)) for name in value.__dataclass_fields__}
    return value


def run(text: object, style: str = "", href: str = "") -> Runs:
    """Make the runs of one piece of text."""
    return (Run(str(text), style, href),)


def text(*parts: object) -> Runs:
    """Join texts and runs into runs."""
    runs: list[Run] = []
    for part in parts:
        if isinstance(part, Run):
            runs.append(part)
        elif isinstance(part, tuple):
            runs.extend(part)
        else:
            runs.append(Run(str(part)))
    return tuple(runs)


def paragraph(*parts: object, style: str = "") -> Paragraph:
    """Make a paragraph of texts and runs."""
    return Paragraph(text(*parts), style)


def badge(word: str, tone: str) -> Run:
    """Make a word on a tone."""
    return Run(word, f"badge-{tone}")


def level(value: int | None) -> Runs:
    """Make a maturity level's pill; a dash where none is given."""
    return run("–", "muted") if value is None else run(value, f"level-{value}")
