"""The elements of a picture: plain presentation attributes, numbers written one way only."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence

from calib.render.svg.validators import MARKUP

LINE_HEIGHT = 1.3
"""What plotly puts between lines, in sizes of the font."""
_ASCENT, _MIDDLE, _DESCENT = 0.98, 0.355, 0.27
_UNDRAWABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML does not hold, even escaped."""


def number(value: float) -> str:
    """Write a number with at most two decimals and no needless character."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def escape(text: str) -> str:
    """Escape a text for XML, where some characters cannot stand at all."""
    return html.escape(_UNDRAWABLE.sub("\ufffd", text))


def element(name: str, content: str | None = None, /, **attributes: str | float) -> str:
    """Write an element; an attribute named `font_size` becomes `font-size`."""
    pairs = "".join(
        f' {key.replace("_", "-")}="{escape(v) if isinstance(v, str) else number(v)}"'
        for key, v in attributes.items()
        if v != ""
    )
    return f"<{name}{pairs}/>" if content is None else f"<{name}{pairs}>{content}</{name}>"


def paint(kind: str, color: str) -> dict[str, str | float]:
    """Return the attributes of a fill or a stroke."""
    if color.startswith("#"):
        return {kind: color}
    red, green, blue, opacity = color[5:-1].split(",")
    if float(opacity) == 0:
        return {kind: "none"}
    solid = f"#{int(red):02x}{int(green):02x}{int(blue):02x}"
    return {kind: solid, f"{kind}_opacity": float(opacity)}


def stroke(line: dict[str, str | float]) -> dict[str, str | float]:
    """Return the attributes of an outline; none where it has no width."""
    width = float(line.get("width", 2))
    if not width:
        return {}
    attributes = paint("stroke", str(line.get("color", "#444444"))) | {"stroke_width": width}
    dash = str(line.get("dash", "solid"))
    if dash != "solid":
        attributes["stroke_dasharray"] = dash.replace("px", "").replace(",", " ")
    return attributes


def path(points: Sequence[tuple[float, float]], *, closed: bool = False) -> str:
    """Write the data of a path through points."""
    body = "L".join(f"{number(x)} {number(y)}" for x, y in points)
    return f"M{body}{'Z' if closed else ''}"


def write(
    x: float,
    y: float,
    text: str,
    *,
    size: float,
    color: str,
    anchor: str = "center",
    valign: str = "middle",
) -> Iterator[str]:
    """Yield the lines of a text at a point, each an element of its own.

    The baseline is computed, since renderers differ in `dominant-baseline`.
    """
    lines = list(_lines(text))
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
                **paint("fill", color),
            )


def _lines(text: str) -> Iterator[str]:
    """Yield the lines of a marked-up text as runs of escaped text."""
    bold, colors = False, [""]
    runs: list[str] = []
    for index, part in enumerate(MARKUP.split(text)):
        if index % 2 == 0:
            if part:
                runs.append(_run(html.unescape(part), bold=bold, color=colors[-1]))
        elif part == "<br>":
            yield "".join(runs)
            runs = []
        elif part in ("<b>", "</b>"):
            bold = part == "<b>"
        elif part == "</span>":
            del colors[1:]
        else:
            colors.append(part[19:26])
    yield "".join(runs)


def _run(text: str, *, bold: bool, color: str) -> str:
    if not (bold or color):
        return escape(text)
    weight: dict[str, str | float] = {}
    if bold:
        weight = {"font_weight": "700", "font_variation_settings": "'wght' 700"}
    return element("tspan", escape(text), **weight, fill=color)
