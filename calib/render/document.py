"""The document model from which HTML, PDF and Word files are rendered.

A section is a list of blocks; text is a tuple of runs. All formats render the same blocks and thus
have the same content. Blocks contain plain text; each renderer escapes it for its own format. The
field `kind` names the block in the JSON data that the renderers read.
"""

from __future__ import annotations

from dataclasses import dataclass, field, is_dataclass
from typing import Any, TypeAlias

MIME = "application/vnd.calib.section+json"
"""The MIME type of a section as data in a notebook output."""

JsonObject: TypeAlias = dict[str, Any]
"""A JSON object whose structure is defined elsewhere, for example a block or a plotly figure."""

Block: TypeAlias = (
    "Paragraph | Heading | BulletList | DefinitionList | CardGrid | TableBlock | ChartBlock"
    " | Callout | Narrative | Signatures"
)


@dataclass(frozen=True, slots=True)
class Run:
    """Represent text in one style: "", strong, em, muted, code, badge-TONE, level-N or ref."""

    text: str
    style: str = ""
    href: str = ""


Runs = tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Represent a paragraph of style "", lead, muted or legend."""

    runs: Runs
    style: str = ""
    kind: str = "paragraph"


@dataclass(frozen=True, slots=True)
class Heading:
    """Represent a heading inside a section, of level 3 or 4."""

    text: str
    level: int = 3
    id: str = ""
    kind: str = "heading"


@dataclass(frozen=True, slots=True)
class BulletList:
    """Represent a bulleted list."""

    items: tuple[Runs, ...]
    kind: str = "bullets"


@dataclass(frozen=True, slots=True)
class DefinitionList:
    """Represent labels with their values."""

    pairs: tuple[tuple[str, Runs], ...]
    kind: str = "facts"


@dataclass(frozen=True, slots=True)
class Card:
    """Represent a tile with label, value, status badge and note; a badge needs a title."""

    label: str
    title: str
    value: str
    unit: str
    badge: Run
    note: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class CardGrid:
    """Represent tiles side by side."""

    cards: tuple[Card, ...]
    kind: str = "cards"


@dataclass(frozen=True, slots=True)
class Column:
    """Represent a column by title, relative width and alignment (left, center, right)."""

    title: str
    width: float = 1
    align: str = "left"


@dataclass(frozen=True, slots=True)
class TableRow:
    """Represent a row by its cells and its collapsible details."""

    cells: tuple[Runs, ...]
    details: tuple[Block, ...] = ()
    id: str = ""
    opens: str = ""
    """The label of the control that opens the details."""


@dataclass(frozen=True, slots=True)
class TableBlock:
    """Represent a table; the first cell of each row is its header."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[TableRow, ...]
    kind: str = "table"


@dataclass(frozen=True, slots=True)
class ChartBlock:
    """Represent a chart as plotly data, with its text alternative and data table."""

    id: str
    title: str
    alt: str
    figure: JsonObject
    width: int
    height: int
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    scale: float = 1
    """Relative size in the PDF."""
    kind: str = "figure"


@dataclass(frozen=True, slots=True)
class Callout:
    """Represent blocks in a box of a tone: good, warn, bad, info or muted."""

    tone: str
    title: str
    blocks: tuple[Block, ...]
    kind: str = "callout"


@dataclass(frozen=True, slots=True)
class NarrativeSegment:
    """Represent part of a narrative; with a tone, a sentence that findings refer to."""

    text: str
    tone: str = ""
    number: int = 0
    note: str = ""
    """The criteria that the sentence addresses, in words."""


@dataclass(frozen=True, slots=True)
class Narrative:
    """Represent a partner's text as paragraphs of segments."""

    id: str
    paragraphs: tuple[tuple[NarrativeSegment, ...], ...]
    bullets: tuple[bool, ...]
    """Whether each paragraph is a list item."""
    kind: str = "narrative"


@dataclass(frozen=True, slots=True)
class Signatures:
    """Represent signature lines, each with a role and a name, which may be empty."""

    people: tuple[tuple[str, str], ...]
    kind: str = "signatures"


@dataclass(frozen=True, slots=True)
class Section:
    """Represent a section of the report."""

    id: str
    title: str
    blocks: tuple[Block, ...]
    kicker: str = ""
    kind: str = "section"
    meta: JsonObject = field(default_factory=dict)
    """Data for the renderers beside the text: branding, versions, the result."""

    def data(self) -> JsonObject:
        """Return the section as JSON data; callers must not change it."""
        data: JsonObject = _to_json_data(self)
        return data


def _to_json_data(value: Any) -> Any:
    """Convert dataclasses and tuples only; `dataclasses.asdict` would deep-copy all chart data."""
    if isinstance(value, tuple):
        return [_to_json_data(item) for item in value]
    if is_dataclass(value):
        return {name: _to_json_data(getattr(value, name)) for name in value.__dataclass_fields__}
    return value


def run(text: object, style: str = "", href: str = "") -> Runs:
    """Create runs from a single text."""
    return (Run(str(text), style, href),)


def text(*parts: object) -> Runs:
    """Concatenate texts and runs."""
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
    """Create a paragraph from texts and runs."""
    return Paragraph(text(*parts), style)


def badge(word: str, tone: str) -> Run:
    """Create a badge of a tone."""
    return Run(word, f"badge-{tone}")


def level(value: int | None) -> Runs:
    """Create a maturity level's badge; a dash for None."""
    return run("–", "muted") if value is None else run(value, f"level-{value}")
