"""A figure as a vector picture: SVG that browsers and Typst draw alike, from the standard library.

Only the traces and attributes of our own charts are known; everything else is refused.
"""

from __future__ import annotations

import re
from typing import Any

from calib.render import palette
from calib.render.svg import draw
from calib.render.svg.elements import element, escape
from calib.render.svg.schema import check
from calib.render.svg.validators import UnsupportedFigure

__all__ = ["UnsupportedFigure", "to_svg"]


def to_svg(
    figure: dict[str, Any],
    *,
    width: float,
    height: float,
    title: str,
    alt: str,
    uid: str,
    embed_font_family: str = palette.FONT,
) -> str:
    """Return a plotly figure as a standalone SVG; raises Unsupported for what it does not know.

    `uid` must differ between the pictures of one page, since the ids inside are made of it.
    """
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", uid):
        raise ValueError(f"uid: {uid!r} does not make an id")
    check(figure)
    frame = draw.Frame(figure["layout"], width, height)
    parts = [
        element("title", escape(title), id=f"{uid}-title"),
        element("desc", escape(alt), id=f"{uid}-desc"),
        *draw.shapes(frame),
        *draw.grid(frame),
        *draw.traces(figure, frame),
        *draw.texts(frame),
    ]
    return element(
        "svg",
        "\n" + "\n".join(parts) + "\n",
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width:g} {height:g}",
        width=width,
        height=height,
        role="img",
        aria_labelledby=f"{uid}-title {uid}-desc",
        font_family=embed_font_family,
        # Not for browsers: without it Typst draws a variable font at its thinnest.
        font_weight="400",
        font_variation_settings="'wght' 400",
    )
