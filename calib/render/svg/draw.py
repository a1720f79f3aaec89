"""Draw the traces and the layout of a figure as SVG elements."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from math import cos, pi, sin

from calib.render import palette
from calib.render.document import JsonObject
from calib.render.svg.elements import (
    element,
    paint_attributes,
    path_data,
    stroke_attributes,
    text_elements,
)
from calib.render.svg.validators import UnsupportedFigure

PixelPoint = tuple[float, float]


class Frame:
    """Convert the coordinates of a figure to pixels."""

    def __init__(self, layout: JsonObject, width: float, height: float) -> None:
        self.layout, self.width, self.height = layout, width, height

    def paper(self, x: float, y: float) -> PixelPoint:
        """Convert paper coordinates, which count from the bottom left."""
        return x * self.width, (1 - y) * self.height

    def spot(self, trace: JsonObject, x: float, y: float) -> PixelPoint:
        """Convert a point of a trace on its pair of axes."""
        return self.paper(self._along(trace, "x", x), self._along(trace, "y", y))

    def _along(self, trace: JsonObject, letter: str, value: float) -> float:
        axis = self.layout[f"{letter}axis{trace.get(letter + 'axis', letter)[1:]}"]
        (low, high), (start, end) = axis["range"], axis["domain"]
        return float(start + (end - start) * (value - low) / (high - low))

    def polar_circle(self) -> tuple[PixelPoint, float]:
        """Return the centre and the radius of the polar subplot."""
        x, y = self.layout["polar"]["domain"]["x"], self.layout["polar"]["domain"]["y"]
        (left, top), (right, bottom) = self.paper(x[0], y[1]), self.paper(x[1], y[0])
        middle = ((left + right) / 2, (top + bottom) / 2)
        return middle, min(right - left, bottom - top) / 2

    def polar(self, theta: str, r: float) -> PixelPoint:
        """Convert a point of the polar subplot."""
        axis = self.layout["polar"]["angularaxis"]
        low, high = self.layout["polar"]["radialaxis"]["range"]
        names = axis["categoryarray"]
        sign = -1 if axis["direction"] == "clockwise" else 1
        angle = axis["rotation"] / 180 * pi + sign * 2 * pi * names.index(theta) / len(names)
        (x, y), radius = self.polar_circle()
        length = radius * (r - low) / (high - low)
        return x + length * cos(angle), y - length * sin(angle)


def traces(figure: JsonObject, frame: Frame) -> Iterator[str]:
    """Yield the elements of all traces, in plotly's painting order."""
    stacked: dict[float, float] = {}  # the end of the bars drawn so far, by position
    # sorted() is stable: traces of the same type keep their order in the figure.
    order = ("heatmap", "bar", "scatter", "scatterpolar")
    for trace in sorted(figure["data"], key=lambda t: order.index(t["type"])):
        if trace["type"] == "heatmap":
            yield from _heatmap(trace, frame)
        elif trace["type"] == "bar":
            yield from _bar(trace, frame, stacked)
        elif trace["type"] == "scatter":
            yield from _scatter(trace, frame)
        else:
            spots: list[PixelPoint | None] = [
                frame.polar(t, r) for t, r in zip(trace["theta"], trace["r"], strict=True)
            ]
            yield from _lines(trace, spots)
            yield from _markers(trace, spots)


def _heatmap(trace: JsonObject, frame: Frame) -> Iterator[str]:
    x_edges, y_edges = _edges(trace["x"]), _edges(trace["y"], len(trace["z"]))
    half_x, half_y = trace.get("xgap", 0) / 2, trace.get("ygap", 0) / 2
    for row, levels in enumerate(trace["z"]):
        for column, level in enumerate(levels):
            if level is None:
                continue
            start = frame.spot(trace, x_edges[column], y_edges[row])
            end = frame.spot(trace, x_edges[column + 1], y_edges[row + 1])
            left, top = min(start[0], end[0]) + half_x, min(start[1], end[1]) + half_y
            yield element(
                "rect",
                x=left,
                y=top,
                width=max(start[0], end[0]) - half_x - left,
                height=max(start[1], end[1]) - half_y - top,
                **paint_attributes("fill", _flat_color(trace, level)),
            )


def _edges(centres: Sequence[float], cells: int | None = None) -> list[float]:
    """Return the edges of cells from their centres; n + 1 values for n cells are edges already."""
    if cells is not None and len(centres) == cells + 1:
        return list(centres)
    if len(centres) < 2:
        return [c + side for c in centres[:1] for side in (-0.5, 0.5)]
    # Cells meet half-way between centres; the outer cells are symmetric about theirs.
    inner = [(a + b) / 2 for a, b in pairwise(centres)]
    return [2 * centres[0] - inner[0], *inner, 2 * centres[-1] - inner[-1]]


def _flat_color(trace: JsonObject, level: float) -> str:
    """Return the colour of a level on a stepped colour scale."""
    share = (level - trace["zmin"]) / (trace["zmax"] - trace["zmin"])
    scale = trace["colorscale"]
    for (start, color), (end, same) in zip(scale[::2], scale[1::2], strict=True):
        if color != same:
            raise UnsupportedFigure("colorscale: only flat steps are supported")
        if start <= share <= end:
            return str(color)
    raise UnsupportedFigure(f"z: {level} is outside the colour scale")


def _bar(trace: JsonObject, frame: Frame, stacked: dict[float, float]) -> Iterator[str]:
    marker = trace["marker"]
    for index, (x, y) in enumerate(zip(trace["x"], trace["y"], strict=True)):
        if not x:  # None or 0: no bar
            continue
        start = stacked.get(y, 0)
        stacked[y] = start + x
        left, low = frame.spot(trace, start, y - trace["width"] / 2)
        right, high = frame.spot(trace, start + x, y + trace["width"] / 2)
        yield element(
            "rect",
            x=left,
            y=min(low, high),
            width=right - left,
            height=abs(high - low),
            **paint_attributes("fill", _item_or_value(marker["color"], index)),
            **stroke_attributes(marker.get("line", {"width": 0})),
        )


def _scatter(trace: JsonObject, frame: Frame) -> Iterator[str]:
    spots = [
        None if x is None or y is None else frame.spot(trace, x, y)
        for x, y in zip(trace["x"], trace["y"], strict=True)
    ]
    if trace["mode"] == "text":
        font = trace.get("textfont", {})
        for index, (spot, text) in enumerate(zip(spots, trace.get("text", ()), strict=True)):
            if spot:
                color = _item_or_value(font.get("color", palette.INK), index)
                yield from text_elements(*spot, text, size=font.get("size", 12), color=color)
        return
    yield from _lines(trace, spots)
    yield from _markers(trace, spots)


def _lines(trace: JsonObject, spots: Sequence[PixelPoint | None]) -> Iterator[str]:
    if "lines" not in trace["mode"]:
        return
    fill = paint_attributes("fill", trace["fillcolor"]) if trace.get("fill") else {"fill": "none"}
    # A None interrupts the line, as in plotly.
    for drawn, group in groupby(spots, key=lambda s: s is not None):
        run = [s for s in group if s is not None]
        if drawn and len(run) > 1:
            yield element(
                "path",
                d=path_data(run),
                stroke_linejoin="round",
                **fill,
                **stroke_attributes(trace["line"]),
            )


def _markers(trace: JsonObject, spots: Sequence[PixelPoint | None]) -> Iterator[str]:
    if "markers" not in trace["mode"]:
        return
    marker = trace["marker"]
    for index, spot in enumerate(spots):
        if spot:
            yield element(
                "circle",
                cx=spot[0],
                cy=spot[1],
                r=marker["size"] / 2,
                **paint_attributes("fill", _item_or_value(marker["color"], index)),
                **stroke_attributes(marker.get("line", {"width": 0})),
            )


def _item_or_value(value: str | Sequence[str], index: int) -> str:
    return value if isinstance(value, str) else value[index]


def grid(frame: Frame) -> Iterator[str]:
    """Yield the grid of the polar subplot: rings and spokes."""
    polar = frame.layout.get("polar")
    if not polar:
        return
    radial, angular = polar["radialaxis"], polar["angularaxis"]
    names, outer = angular["categoryarray"], radial["range"][1]
    for axis, rings in ((radial, radial["tickvals"]), (angular, names)):
        line = stroke_attributes({"color": axis["gridcolor"], "width": axis.get("gridwidth", 1)})
        for ring in rings:
            if axis is radial:
                spots = [frame.polar(name, ring) for name in names]
            else:
                spots = [frame.polar_circle()[0], frame.polar(ring, outer)]
            if spots:
                closed = axis is radial
                yield element("path", d=path_data(spots, closed=closed), fill="none", **line)


def shapes(frame: Frame) -> Iterator[str]:
    """Yield the lines, rects and circles of the layout."""
    for shape in frame.layout.get("shapes", ()):
        x0, y0 = frame.paper(shape["x0"], shape["y0"])
        x1, y1 = frame.paper(shape["x1"], shape["y1"])
        style = stroke_attributes(shape["line"])
        if shape["type"] == "line":
            yield element("path", d=path_data([(x0, y0), (x1, y1)]), fill="none", **style)
            continue
        style = paint_attributes("fill", shape.get("fillcolor", "rgba(0,0,0,0)")) | style
        left, top, width, height = min(x0, x1), min(y0, y1), abs(x1 - x0), abs(y1 - y0)
        if shape["type"] == "rect":
            yield element("rect", x=left, y=top, width=width, height=height, **style)
        else:
            yield element(
                "ellipse",
                cx=left + width / 2,
                cy=top + height / 2,
                rx=width / 2,
                ry=height / 2,
                **style,
            )


def texts(frame: Frame) -> Iterator[str]:
    """Yield the annotations of the layout."""
    base = frame.layout.get("font", {})
    for text in frame.layout.get("annotations", ()):
        font = {"size": 12, "color": palette.INK} | base | text.get("font", {})
        yield from text_elements(
            *frame.paper(text["x"], text["y"]),
            text["text"],
            size=font["size"],
            color=font["color"],
            anchor=text["xanchor"],
            valign=text["yanchor"],
        )
