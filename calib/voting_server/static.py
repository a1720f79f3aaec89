"""Static files of the voting server: pages, scripts, styles, and QR codes."""

from __future__ import annotations

from dataclasses import dataclass

import segno

from calib.render import palette
from calib.resources import resource_path

_PAGES = {"/": "index.html", "/screen": "projector.html", "/cards": "cards.html"}
_HEAD_MARKER = b"<!-- head -->\n"
"""Replaced in each page by head.html, which all pages share."""
_CONTENT_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
}


@dataclass(frozen=True, slots=True)
class StaticPage:
    """A file as it is sent."""

    content_type: str
    content: bytes


def load_pages() -> dict[str, StaticPage]:
    """Read every page, script and style, by URL path.

    The server sends only these, from memory. No request path ever reaches the file system.
    """
    folder = resource_path("templates", "voting_server")
    paths = [p for p in sorted(folder.iterdir()) if p.suffix in _CONTENT_TYPES]
    files = {f"/{p.name}": StaticPage(_CONTENT_TYPES[p.suffix], p.read_bytes()) for p in paths}
    head = files.pop("/head.html").content
    pages = {}
    for path, name in _PAGES.items():
        page = files.pop(f"/{name}")
        pages[path] = StaticPage(page.content_type, page.content.replace(_HEAD_MARKER, head))
    colours = StaticPage(_CONTENT_TYPES[".css"], render_colours_css().encode())
    return {**pages, **files, "/colours.css": colours}


def render_colours_css() -> str:
    """Render the palette of the reports as CSS variables."""
    variables = {
        "ink": palette.INK,
        "muted": palette.MUTED,
        "line": palette.LINE,
        "tint": palette.TINT,
        "paper": palette.PAPER,
        "accent": palette.ACCENT,
        "font": palette.FONT,
        **palette.TONES,
        **{f"{tone}-tint": tint for tone, tint in palette.TINTS.items()},
        **{f"l{n}": fill for n, fill in enumerate(palette.LEVELS)},
        **{f"on-l{n}": text for n, text in enumerate(palette.ON_LEVELS)},
    }
    return ":root{" + ";".join(f"--{name}:{value}" for name, value in variables.items()) + "}\n"


def qr_data_uri(address: str) -> str:
    """Render an address as a QR code, as the data URI of an SVG image."""
    code = segno.make(address, error="m", micro=False)
    uri: str = code.svg_data_uri(omitsize=True, border=2, dark=palette.INK)
    return uri
