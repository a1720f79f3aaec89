"""SVG elements with presentation attributes and numbers in a canonical form."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence

from calib.render.svg.validators import MARKUP

LINE_HEIGHT = 1.3
"""Line spacing of plotly, relative to the font size."""
_ASCENT, _MIDDLE, _DESCENT = 0.98, 0.355, 0.27
"""Distance of the baseline from the top, middle and bottom of a line, relative to the font size."""
_INVALID_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 does not allow, not even escaped."""


def format_number(value: float) -> str:
    """Format a number with at most two decimals and without trailing zeros."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def escape(text: str) -> str:
    """Escape text for XML; characters that XML does not allow become U+FFFD."""
    return html.escape(_INVALID_XML.sub("\ufffd", text))


def element(name: str, content: str | None = None, /, **attributes: str | float) -> str:
    """Return an element; attributes that are "" are left out, `font_size` becomes `font-size`."""
    pairs = "".join(
        f' {key.replace("_", "-")}="{escape(v) if isinstance(v, str) else format_number(v)}"'
        for key, v in attributes.items()
        if v != ""
    )
    return f"<{name}{pairs}/>" if content is None else f"<{name}{pairs}>{content}</{name}>"


def paint_attributes(kind: str, color: str) -> dict[str, str | float]:
    """Return the attributes of a fill or a stroke."""
    if color.startswith("#"):
        return {kind: color}
    red, green, blue, opacity = color[5:-1].split(",")
    if float(opacity) == 0:
        return {kind: "none"}
    solid = f"#{int(red):02x}{int(green):02x}{int(blue):02x}"
    return {kind: solid, f"{kind}_opacity": float(opacity)}


def stroke_attributes(line: dict[str, str | float]) -> dict[str, str | float]:
    """Return the stroke attributes of a line; none if its width is 0."""
    # Width 2 and #444444 are the defaults of plotly.
    width = float(line.get("width", 2))
    if not width:
        return {}
    attributes = paint_attributes("stroke", str(line.get("color", "#444444"))) | {
        "stroke_width": width
    }
    dash = str(line.get("dash", "solid"))
    if dash != "solid":
        attributes["stroke_dasharray"] = dash.replace("px", "").replace(",", " ")
    return attributes


def path_data(points: Sequence[tuple[float, float]], *, closed: bool = False) -> str:
    """Return the path data of a polyline."""
    body = "L".join(f"{format_number(x)} {format_number(y)}" for x, y in points)
    return f"M{body}{'Z' if closed else ''}"


def text_elements(
    x: float,
    y: float,
    text: str,
    *,
    size: float,
    color: str,
    anchor: str = "center",
    valign: str = "middle",
) -> Iterator[str]:
    """Yield one text element per line, placed at a point.

    The baseline is computed here, because renderers differ in their support of
    `dominant-baseline`.
    """
    lines = list(_marked_up_lines(text))
    step = LINE_HEIGHT * size
    below = step * (len(lines) - 1)
    base = {
        "top": y + _ASCENT * size,
        "middle": y - below / 2 + _MIDDLE * size,
        "bottom": y - below - _DESCENT * size,
    }[valign]
    ends = {"left": "start", "center": "middle", "right": "end"}
    for index, line in enumerate(lines):
        if line:
            yield element(
                "text",
                line,
                x=x,
                y=base + index * step,
                font_size=size,
                text_anchor="" if anchor == "left" else ends[anchor],
                **paint_attributes("fill", color),
            )


def _marked_up_lines(text: str) -> Iterator[str]:
    """Yield the lines of a text with markup, as escaped text and tspan elements."""
    bold, colors = False, [""]
    runs: list[str] = []
    for index, part in enumerate(MARKUP.split(text)):
        if index % 2 == 0:
            if part:
                runs.append(_text_run(html.unescape(part), bold=bold, color=colors[-1]))
        elif part == "<br>":
            yield "".join(runs)
            runs = []
        elif part in ("<b>", "</b>"):
            bold = part == "<b>"
        elif part == "</span>":
            del colors[1:]  # spans do not nest
        else:
            colors.append(part[19:26])  # #rrggbb in <span style="color:#rrggbb">
    yield "".join(runs)


def _text_run(text: str, *, bold: bool, color: str) -> str:
    if not (bold or color):
        return escape(text)
    weight: dict[str, str | float] = {}
    if bold:
        weight = {"font_weight": "700", "font_variation_settings": "'wght' 700"}
    return element("tspan", escape(text), **weight, fill=color)
