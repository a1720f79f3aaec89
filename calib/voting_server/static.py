"""The pages, their colours and their QR codes."""

from __future__ import annotations

from dataclasses import dataclass

import segno

from calib.render import palette
from calib.resources import shipped

_PAGES = {"/": "index.html", "/screen": "screen.html", "/cards": "cards.html"}
_HEAD = b"<!-- head -->\n"
"""Where a page takes in what all of them share."""
_KINDS = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
}


@dataclass(frozen=True, slots=True)
class Page:
    """Hold a file as it is sent."""

    kind: str
    content: bytes


def load_pages() -> dict[str, Page]:
    """Read every page, script and style once, by its path; nothing else is ever sent."""
    files = [p for p in sorted(shipped("templates", "voting_server").iterdir()) if p.suffix in _KINDS]
    found = {f"/{p.name}": Page(_KINDS[p.suffix], p.read_bytes()) for p in files}
    head = found.pop("/head.html").content
    whole = {path: found.pop(f"/{name}") for path, name in _PAGES.items()}
    pages = {path: Page(p.kind, p.content.replace(_HEAD, head)) for path, p in whole.items()}
    colours = Page(_KINDS[".css"], colours_css().encode())
    return {**pages, **found, "/colours.css": colours}


def colours_css() -> str:
    """Write the one palette as CSS variables."""
    names = {
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
    return ":root{" + ";".join(f"--{name}:{value}" for name, value in names.items()) + "}\n"


def qr(address: str) -> str:
    """Draw an address as a QR code, for an image's source."""
    code = segno.make(address, error="m", micro=False)
    drawn: str = code.svg_data_uri(omitsize=True, border=2, dark=palette.INK)
    return drawn
