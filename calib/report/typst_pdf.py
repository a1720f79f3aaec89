"""Compile sections to PDF with Typst.

Partner text enters as JSON data, never as Typst source, so that it cannot run code.
"""

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
from calib.resources import resource_path
from calib.text import is_invisible

STANDARDS = ("a-3a", "ua-1")
_FONT_PACKAGES = ("fontpkg_source_sans_3", "fontpkg_noto_sans", "fontpkg_noto_sans_arabic")
_PIXELS_PER_INCH = 220
"""Sharp on paper, and a figure stays under 100 kB."""
_FAMILIES = "'Source Sans 3', 'Noto Sans', 'Noto Sans Arabic'"


def compile_pdf(
    sections: list[dict[str, Any]], meta: dict[str, Any], result: str
) -> tuple[bytes, list[str]]:
    """Compile the PDF; also returns the characters that no font contains, as U+XXXX.

    The same sections give the same bytes: the time stamp is the report's date, and system fonts
    are disabled.
    """
    folders = _font_folders()
    drawn = [_draw_figures(section) for section in sections]
    brand = {**meta["brand"], "logo_bytes": _logo_bytes(meta["brand"]["logo"])}
    data, replaced = _replace_missing_glyphs(
        {"sections": drawn, "meta": {**meta, "brand": brand}}, folders
    )
    # The attached result keeps its original characters.
    text = json.dumps({**data, "result": result}, ensure_ascii=False)
    stamp = datetime.fromisoformat(meta["date"]).replace(tzinfo=UTC)
    pdf = _compiler("report.typ", {"data": text}).compile(
        format="pdf", pdf_standards=list(STANDARDS), timestamp=int(stamp.timestamp())
    )
    return bytes(pdf), replaced


def _compiler(template: str, inputs: dict[str, str]) -> Any:
    root = resource_path("templates", "readiness")
    return typst.Compiler(
        input=str(root / template), root=str(root), font_paths=fonts(), sys_inputs=inputs
    )


@cache
def fonts() -> Any:
    """Scan the packaged fonts, once per process."""
    paths = [str(folder) for folder in _font_folders()]
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=paths)


def as_png(svg: str) -> bytes:
    """Convert an SVG to PNG for formats without vector graphics; deterministic."""
    png = _compiler("picture.typ", {"svg": svg}).compile(format="png", ppi=_PIXELS_PER_INCH)
    return bytes(png)


def figure_png(figure: dict[str, Any]) -> bytes:
    """Render the chart of a figure block as PNG."""
    return as_png(_draw_figures(figure)["svg"])


def _logo_bytes(logo: str) -> list[int]:
    """Return the bytes of a data: URI as integers, because JSON has no byte strings."""
    return list(base64.b64decode(logo.partition(",")[2])) if logo else []


def _draw_figures(value: Any) -> Any:
    """Replace plotly figures by SVG, and drop link targets that are not safe URLs."""
    if isinstance(value, list | tuple):
        return [_draw_figures(v) for v in value]
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
        return {
            **{k: v for k, v in value.items() if k != "figure"},
            "svg": _without_missing_glyphs(svg),
        }
    return {k: escape.safe_href(v) if k == "href" else _draw_figures(v) for k, v in value.items()}


def _font_folders() -> list[Path]:
    folders = []
    for name in _FONT_PACKAGES:
        spec = importlib.util.find_spec(name)
        if spec and spec.origin:
            folders.append(Path(spec.origin).parent / "files")
    return folders


def _replace_missing_glyphs(
    data: dict[str, Any], folders: list[Path]
) -> tuple[dict[str, Any], list[str]]:
    """Replace invisible characters, and those that no font contains, by [U+XXXX]."""
    used = set[str]().union(*_texts(data))
    uncommon = {c for c in used if ord(c) > 0x17F and c not in _COMMON}
    known = _glyphs(folders) if uncommon else set()
    missing = sorted(
        {c for c in uncommon if ord(c) not in known} | {c for c in used if is_invisible(c)}
    )
    if not missing:
        return data, []
    table = {ord(c): f"[U+{ord(c):04X}]" for c in missing}
    return _translate(data, table), [f"U+{ord(c):04X}" for c in missing]


_NOT_PRINTED = frozenset(("href", "id", "logo"))
"""Keys whose values are references, not text."""


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, dict):
        for key, one in value.items():
            if key not in _NOT_PRINTED:
                yield from _texts(one)


def _translate(value: Any, table: dict[int, str]) -> Any:
    if isinstance(value, str):
        return value.translate(table)
    if isinstance(value, list | tuple):
        return [_translate(one, table) for one in value]
    if isinstance(value, dict):
        return {k: v if k in _NOT_PRINTED else _translate(v, table) for k, v in value.items()}
    return value


def _without_missing_glyphs(svg: str) -> str:
    """Replace characters that a chart cannot show by an ellipsis.

    Joining and stacking scripts in an SVG fail PDF/A validation. No information is lost: the
    chart's table and alternative text contain the same words.
    """
    # Normalise text nodes only: NFC would merge ">" and a following U+0338 into one character.
    svg = re.sub("(?<=>)[^<]+", lambda m: unicodedata.normalize("NFC", m[0]), svg)
    uncommon = {c for c in svg if (ord(c) > 0x17F and c not in _COMMON) or is_invisible(c)}
    if not uncommon:
        return svg
    drawn = _glyphs(_font_folders()[:1])
    out = {c for c in uncommon if ord(c) not in drawn or unicodedata.category(c)[0] in "CM"}
    return re.sub(f"[{re.escape(''.join(sorted(out)))}]+", "…", svg) if out else svg


_COMMON = frozenset("–—‘’“”•…→≥≤✓✗○€™·")
"""Characters beyond Latin that every report uses; Source Sans 3 contains them."""


def _glyphs(folders: list[Path]) -> set[int]:
    from fontTools.ttLib import TTFont  # 0.1 s to import, needed beyond Latin only

    known: set[int] = set()
    for folder in folders:
        for file in sorted(folder.glob("*.ttf")):
            if "Italic" not in file.name:
                with TTFont(file, lazy=True) as font:
                    known.update(font.getBestCmap())
    return known
