"""Render plotly figures as SVG that browsers and Typst draw alike.

Only the traces and attributes used by our own charts are supported; anything else raises
`UnsupportedFigure`, since a partial rendering would be a wrong picture.
"""

from __future__ import annotations

import re

from calib.render import palette
from calib.render.document import JsonObject
from calib.render.svg import draw
from calib.render.svg.elements import element, escape
from calib.render.svg.schema import validate_figure
from calib.render.svg.validators import UnsupportedFigure

__all__ = ["UnsupportedFigure", "to_svg"]


def to_svg(
    figure: JsonObject,
    *,
    width: float,
    height: float,
    title: str,
    alt: str,
    uid: str,
    embed_font_family: str = palette.FONT,
) -> str:
    """Return a plotly figure as a standalone SVG.

    `uid` is the prefix of the ids in the SVG and must be unique on a page. Raises UnsupportedFigure
    for traces or attributes that the renderer does not support, ValueError for an invalid `uid`.
    """
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", uid):
        raise ValueError(f"uid: {uid!r} is not a valid id (a letter, then letters, digits, _ or -)")
    validate_figure(figure)
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
        # For Typst, which would otherwise draw a variable font at its lightest weight.
        font_weight="400",
        font_variation_settings="'wght' 400",
    )
