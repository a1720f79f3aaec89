"""Sections -> .docx, with the colours of the one palette and the pictures of the PDF."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import date
from typing import Any

from calib.exchange.docx.writer import About, Look, write_docx
from calib.render import escape, palette
from calib.render.document import Section
from calib.report.typst_pdf import as_png, figure_png


def to_docx(sections: Sequence[Section]) -> bytes:
    """Return the document that the sections make; the first is the cover, with the meta data.

    The same sections give the same bytes. Control characters and overrides of the direction are
    shown as their code points, as in the other formats.
    """
    data = [_shown(section.data()) for section in sections]
    cover, meta = data[0], data[0]["meta"]
    brand = meta["brand"]
    document = meta.get("document", "")
    version = f"Catalog {meta['catalog_version']} · calib {meta['program']} · {meta['day']}"
    about = About(
        title=f"{cover['title']}: {document}",
        subject=cover["kicker"],
        author=brand["name"] or cover["title"],
        day=date.fromisoformat(meta["date"]),
        header=brand["confidentiality"] or cover["title"],
        footer=f"{version} · content {meta['content_hash'][:12]}",
        logo=_logo(brand["logo"]),
        logo_alt=brand["name"] or "Logo",
    )
    return write_docx(data, _look(brand["accent"]), about)


def _look(accent: str) -> Look:
    tones = {t: (colour, palette.TINTS[t]) for t, colour in palette.TONES.items()}
    levels = tuple(zip(palette.LEVELS, palette.ON_LEVELS, strict=True))
    return Look(palette.INK, palette.MUTED, palette.LINE, palette.TINT, accent, tones, levels)


def _logo(uri: str) -> bytes:
    if not uri:
        return b""
    data = base64.b64decode(uri.partition(",")[2])
    return as_png(data.decode()) if uri.startswith("data:image/svg") else data


def _shown(value: Any) -> Any:
    """Make texts visible, links safe and figures pictures."""
    if isinstance(value, str):
        return escape.visible(value)
    if isinstance(value, list | tuple):
        return [_shown(one) for one in value]
    if not isinstance(value, dict):
        return value
    if value.get("kind") == "figure":
        png = figure_png(value)
        return {**{k: _shown(v) for k, v in value.items() if k != "figure"}, "png": png}
    return {k: escape.target(v) if k == "href" else _shown(v) for k, v in value.items()}
