"""Render sections as .docx, with the colours and chart images of the PDF."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import date
from typing import Any

from calib.exchange.docx.writer import DocxMetadata, DocxTheme, write_docx
from calib.render import escape, palette
from calib.render.document import Section
from calib.report.typst_pdf import as_png, figure_png
from calib.text import escape_invisible


def to_docx(sections: Sequence[Section]) -> bytes:
    """Return a Word document; the first section is the cover and holds the metadata.

    The same sections give the same bytes. Invisible characters are shown as their code points, as
    in the other formats.
    """
    data = [_prepare(section.data()) for section in sections]
    cover, meta = data[0], data[0]["meta"]
    brand = meta["brand"]
    document = meta.get("document", "")
    version = f"Catalog {meta['catalog_version']} · calib {meta['program']} · {meta['day']}"
    about = DocxMetadata(
        title=f"{cover['title']}: {document}",
        subject=cover["kicker"],
        author=brand["name"] or cover["title"],
        day=date.fromisoformat(meta["date"]),
        header=brand["confidentiality"] or cover["title"],
        footer=f"{version} · content {meta['content_hash'][:12]}",
        logo=_logo_png(brand["logo"]),
        logo_alt=brand["name"] or "Logo",
    )
    return write_docx(data, _look(brand["accent"]), about)


def _look(accent: str) -> DocxTheme:
    tones = {t: (colour, palette.TINTS[t]) for t, colour in palette.TONES.items()}
    levels = tuple(zip(palette.LEVELS, palette.ON_LEVELS, strict=True))
    return DocxTheme(palette.INK, palette.MUTED, palette.LINE, palette.TINT, accent, tones, levels)


def _logo_png(uri: str) -> bytes:
    if not uri:
        return b""
    data = base64.b64decode(uri.partition(",")[2])
    return as_png(data.decode()) if uri.startswith("data:image/svg") else data


def _prepare(value: Any) -> Any:
    """Make invisible characters visible, drop unsafe links and render figures as PNG."""
    if isinstance(value, str):
        return escape_invisible(value)
    if isinstance(value, list | tuple):
        return [_prepare(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get("kind") == "figure":
        png = figure_png(value)
        return {**{k: _prepare(v) for k, v in value.items() if k != "figure"}, "png": png}
    return {k: escape.safe_href(v) if k == "href" else _prepare(v) for k, v in value.items()}
