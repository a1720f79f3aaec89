"""Sections -> PDF by Typst. Partner text enters as JSON data, never as Typst source."""

from __future__ import annotations

import base64
import importlib.util
import json
import re
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import typst

from calib.render import escape
from calib.render.svg import to_svg
from calib.resources import shipped

STANDARDS = ("a-3a", "ua-1")
_FONT_PACKAGES = ("fontpkg_source_sans_3", "fontpkg_noto_sans", "fontpkg_noto_sans_arabic")
_DOTS = 220
"""Per inch: enough for paper, and a figure stays under 100 kB."""
_FAMILIES = "'Source Sans 3', 'Noto Sans', 'Noto Sans Arabic'"


def compile_pdf(
    sections: list[dict[str, Any]], meta: dict[str, Any], result: str
) -> tuple[bytes, list[str]]:
    """Compile the PDF; returns it with the characters that no font has, as U+XXXX.

    The same sections give the same bytes: the time stamp is the report's date, and system fonts
    are off.
    """
    folders = _font_folders()
    drawn = [_drawn(section) for section in sections]
    brand = {**meta["brand"], "logo_bytes": _picture(meta["brand"]["logo"])}
    everything, replaced = _covered({"sections": drawn, "meta": {**meta, "brand": brand}}, folders)
    # The attachment is the result as it was written, whatever the fonts have.
    text = json.dumps({**everything, "result": result}, ensure_ascii=False)
    stamp = datetime.fromisoformat(meta["date"]).replace(tzinfo=UTC)
    pdf = _compiler("report.typ", {"data": text}).compile(
        format="pdf", pdf_standards=list(STANDARDS), timestamp=int(stamp.timestamp())
    )
    return bytes(pdf), replaced


def _compiler(template: str, inputs: dict[str, str]) -> Any:
    root = shipped("templates", "readiness")
    return typst.Compiler(
        input=str(root / template), root=str(root), font_paths=fonts(), sys_inputs=inputs
    )


@cache
def fonts() -> Any:
    """Look through the packaged fonts, once a process."""
    paths = [str(folder) for folder in _font_folders()]
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=paths)


def as_png(svg: str) -> bytes:
    """Draw a vector picture as PNG, for formats that take no other; the same bytes each time."""
    made = _compiler("picture.typ", {"svg": svg}).compile(format="png", ppi=_DOTS)
    return bytes(made)


def figure_png(figure: dict[str, Any]) -> bytes:
    """Draw the chart of a figure block as PNG."""
    return as_png(_drawn(figure)["svg"])


def _picture(logo: str) -> list[int]:
    """Return the bytes of a data: URI as numbers, the form in which JSON can carry them."""
    return list(base64.b64decode(logo.partition(",")[2])) if logo else []


def _drawn(value: Any) -> Any:
    """Replace every figure's plotly data by its picture, and links that lead nowhere by none."""
    if isinstance(value, list | tuple):
        return [_drawn(v) for v in value]
    if not isinstance(value, dict):
        return value
    if value.get("kind") == "figure":
        svg = to_svg(
            value["figure"],
            width=value["width"],
            height=value["height"],
            title=value["title"],
            alt=value["alt"],
            uid=value["id"],
            embed_font_family=_FAMILIES,
        )
        return {**{k: v for k, v in value.items() if k != "figure"}, "svg": _simple(svg)}
    return {k: escape.target(v) if k == "href" else _drawn(v) for k, v in value.items()}


def _font_folders() -> list[Path]:
    folders = []
    for name in _FONT_PACKAGES:
        spec = importlib.util.find_spec(name)
        if spec and spec.origin:
            folders.append(Path(spec.origin).parent / "files")
    return folders


def _covered(data: dict[str, Any], folders: list[Path]) -> tuple[dict[str, Any], list[str]]:
    """Write characters that no font has, or that work unseen, as [U+XXXX]; none is dropped."""
    used = set[str]().union(*_texts(data))
    odd = {c for c in used if ord(c) > 0x17F and c not in _USUAL}
    known = _glyphs(folders) if odd else set()
    missing = sorted(
        {c for c in odd if ord(c) not in known} | {c for c in used if escape.hidden(c)}
    )
    if not missing:
        return data, []
    table = {ord(c): f"[U+{ord(c):04X}]" for c in missing}
    return _translated(data, table), [f"U+{ord(c):04X}" for c in missing]


_NAMES = frozenset(("href", "id", "logo"))
"""What leads somewhere and is not printed."""


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, dict):
        for key, one in value.items():
            if key not in _NAMES:
                yield from _texts(one)


def _translated(value: Any, table: dict[int, str]) -> Any:
    if isinstance(value, str):
        return value.translate(table)
    if isinstance(value, list | tuple):
        return [_translated(one, table) for one in value]
    if isinstance(value, dict):
        return {k: v if k in _NAMES else _translated(v, table) for k, v in value.items()}
    return value


def _simple(svg: str) -> str:
    """Put an ellipsis for what a picture cannot draw: letters that join or stack fail PDF/A.

    The same words stand as text beside the picture, and in its alternative text.
    """
    # Piece by piece: with a stroke through it, the end of a tag would be another character.
    svg = re.sub("(?<=>)[^<]+", lambda m: unicodedata.normalize("NFC", m[0]), svg)
    odd = {c for c in svg if (ord(c) > 0x17F and c not in _USUAL) or escape.hidden(c)}
    if not odd:
        return svg
    drawn = _glyphs(_font_folders()[:1])
    out = {c for c in odd if ord(c) not in drawn or unicodedata.category(c)[0] in "CM"}
    return re.sub(f"[{re.escape(''.join(sorted(out)))}]+", "…", svg) if out else svg


_USUAL = frozenset("–—‘’“”•…→≥≤✓€™·")
"""Beyond Latin, what Source Sans 3 has and every report uses."""


def _glyphs(folders: list[Path]) -> set[int]:
    from fontTools.ttLib import TTFont  # only for texts beyond Latin; takes a tenth of a second

    known: set[int] = set()
    for folder in folders:
        for file in sorted(folder.glob("*.ttf")):
            if "Italic" not in file.name:
                with TTFont(file, lazy=True) as font:
                    known.update(font.getBestCmap())
    return known
