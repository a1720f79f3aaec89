"""The traces and the layout of a figure as elements of a picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from math import cos, pi, sin
from typing import Any

from calib.render import palette
from calib.render.svg.elements import element, paint, path, stroke, write
from calib.render.svg.validators import UnsupportedFigure

Spot = tuple[float, float]


class Frame:
    """Turn the coordinates of a figure into pixels."""

    def __init__(self, layout: dict[str, Any], width: float, height: float) -> None:
        self.layout, self.width, self.height = layout, width, height

    def paper(self, x: float, y: float) -> Spot:
        """Place a paper coordinate."""
        return x * self.width, (1 - y) * self.height

    def spot(self, trace: dict[str, Any], x: float, y: float) -> Spot:
        """Place a point of a trace on its pair of axes."""
        return self.paper(self._along(trace, "x", x), self._along(trace, "y", y))

    def _along(self, trace: dict[str, Any], letter: str, value: float) -> float:
        axis = self.layout[f"{letter}axis{trace.get(letter + 'axis', letter)[1:]}"]
        (low, high), (start, end) = axis["range"], axis["domain"]
        return float(start + (end - start) * (value - low) / (high - low))

    def wheel(self) -> tuple[Spot, float]:
        """Return the middle and the radius of the polar subplot."""
        x, y = self.layout["polar"]["domain"]["x"], self.layout["polar"]["domain"]["y"]
        (left, top), (right, bottom) = self.paper(x[0], y[1]), self.paper(x[1], y[0])
        middle = ((left + right) / 2, (top + bottom) / 2)
        return middle, min(right - left, bottom - top) / 2

    def polar(self, theta: str, r: float) -> Spot:
        """Place a point of the polar subplot."""
        axis = self.layout["polar"]["angularaxis"]
        low, high = self.layout["polar"]["radialaxis"]["range"]
        names = axis["categoryarray"]
        sense = -1 if axis["direction"] == "clockwise" else 1
        turn = axis["rotation"] / 180 * pi + sense * 2 * pi * names.index(theta) / len(names)
        (x, y), radius = self.wheel()
        length = radius * (r - low) / (high - low)
        return x + length * cos(turn), y - length * sin(turn)


def traces(figure: dict[str, Any], frame: Frame) -> Iterator[str]:
    """Yield the elements of all traces, in the order in which plotly paints them."""
    stacked: dict[float, float] = {}
    order = ("heatmap", "bar", "scatter", "scatterpolar")
    for trace in sorted(figure["data"], key=lambda t: order.index(t["type"])):
        if trace["type"] == "heatmap":
            yield from _heatmap(trace, frame)
        elif trace["type"] == "bar":
            yield from _bar(trace, frame, stacked)
        elif trace["type"] == "scatter":
            yield from _scatter(trace, frame)
        else:
            spots: list[Spot | None] = [
                frame.polar(t, r) for t, r in zip(trace["theta"], trace["r"], strict=True)
            ]
            yield from _lines(trace, spots)
            yield from _markers(trace, spots)


def _heatmap(trace: dict[str, Any], frame: Frame) -> Iterator[str]:
    x_edges, y_edges = _edges(trace["x"]), _edges(trace["y"], len(trace["z"]))
    half_x, half_y = trace.get("xgap", 0) / 2, trace.get("ygap", 0) / 2
    for row, levels in enumerate(trace["z"]):
        for column, level in enumerate(levels):
            if level is None:
                continue
            one = frame.spot(trace, x_edges[column], y_edges[row])
            two = frame.spot(trace, x_edges[column + 1], y_edges[row + 1])
            left, top = min(one[0], two[0]) + half_x, min(one[1], two[1]) + half_y
            yield element(
                "rect",
                x=left,
                y=top,
                width=max(one[0], two[0]) - half_x - left,
                height=max(one[1], two[1]) - half_y - top,
                **paint("fill", _step(trace, level)),
            )


def _edges(centres: Sequence[float], cells: int | None = None) -> list[float]:
    """Return the edges of cells; one more value than cells gives the edges themselves."""
    if cells is not None and len(centres) == cells + 1:
        return list(centres)
    if len(centres) < 2:
        return [c + side for c in centres[:1] for side in (-0.5, 0.5)]
    inner = [(a + b) / 2 for a, b in pairwise(centres)]
    return [2 * centres[0] - inner[0], *inner, 2 * centres[-1] - inner[-1]]


def _step(trace: dict[str, Any], level: float) -> str:
    """Return the colour of a level on a scale of flat steps."""
    share = (level - trace["zmin"]) / (trace["zmax"] - trace["zmin"])
    scale = trace["colorscale"]
    for (start, color), (end, same) in zip(scale[::2], scale[1::2], strict=True):
        if color != same:
            raise UnsupportedFigure("colorscale: the renderer knows flat steps only")
        if start <= share <= end:
            return str(color)
    raise UnsupportedFigure(f"z: {level} lies outside the colour scale")


def _bar(trace: dict[str, Any], frame: Frame, stacked: dict[float, float]) -> Iterator[str]:
    marker = trace["marker"]
    for index, (x, y) in enumerate(zip(trace["x"], trace["y"], strict=True)):
        if not x:
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
            **paint("fill", _nth(marker["color"], index)),
            **stroke(marker.get("line", {"width": 0})),
        )


def _scatter(trace: dict[str, Any], frame: Frame) -> Iterator[str]:
    spots = [
        None if x is None or y is None else frame.spot(trace, x, y)
        for x, y in zip(trace["x"], trace["y"], strict=True)
    ]
    if trace["mode"] == "text":
        font = trace.get("textfont", {})
        for index, (spot, text) in enumerate(zip(spots, trace.get("text", ()), strict=True)):
            if spot:
                color = _nth(font.get("color", palette.INK), index)
                yield from write(*spot, text, size=font.get("size", 12), color=color)
        return
    yield from _lines(trace, spots)
    yield from _markers(trace, spots)


def _lines(trace: dict[str, Any], spots: Sequence[Spot | None]) -> Iterator[str]:
    if "lines" not in trace["mode"]:
        return
    fill = paint("fill", trace["fillcolor"]) if trace.get("fill") else {"fill": "none"}
    for there, group in groupby(spots, key=lambda s: s is not None):
        run = [s for s in group if s is not None]
        if there and len(run) > 1:
            yield element(
                "path", d=path(run), stroke_linejoin="round", **fill, **stroke(trace["line"])
            )


def _markers(trace: dict[str, Any], spots: Sequence[Spot | None]) -> Iterator[str]:
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
                **paint("fill", _nth(marker["color"], index)),
                **stroke(marker.get("line", {"width": 0})),
            )


def _nth(value: str | Sequence[str], index: int) -> str:
    return value if isinstance(value, str) else value[index]


def grid(frame: Frame) -> Iterator[str]:
    """Yield the rings and the spokes of the polar subplot."""
    polar = frame.layout.get("polar")
    if not polar:
        return
    radial, angular = polar["radialaxis"], polar["angularaxis"]
    names, outer = angular["categoryarray"], radial["range"][1]
    for axis, rings in ((radial, radial["tickvals"]), (angular, names)):
        line = stroke({"color": axis["gridcolor"], "width": axis.get("gridwidth", 1)})
        for ring in rings:
            if axis is radial:
                spots = [frame.polar(name, ring) for name in names]
            else:
                spots = [frame.wheel()[0], frame.polar(ring, outer)]
            if spots:
                closed = axis is radial
                yield element("path", d=path(spots, closed=closed), fill="none", **line)


def shapes(frame: Frame) -> Iterator[str]:
    """Yield the lines, rects and circles of the layout."""
    for shape in frame.layout.get("shapes", ()):
        x0, y0 = frame.paper(shape["x0"], shape["y0"])
        x1, y1 = frame.paper(shape["x1"], shape["y1"])
        look = stroke(shape["line"])
        if shape["type"] == "line":
            yield element("path", d=path([(x0, y0), (x1, y1)]), fill="none", **look)
            continue
        look = paint("fill", shape.get("fillcolor", "rgba(0,0,0,0)")) | look
        left, top, width, height = min(x0, x1), min(y0, y1), abs(x1 - x0), abs(y1 - y0)
        if shape["type"] == "rect":
            yield element("rect", x=left, y=top, width=width, height=height, **look)
        else:
            yield element(
                "ellipse",
                cx=left + width / 2,
                cy=top + height / 2,
                rx=width / 2,
                ry=height / 2,
                **look,
            )


def texts(frame: Frame) -> Iterator[str]:
    """Yield the texts of the layout."""
    base = frame.layout.get("font", {})
    for text in frame.layout.get("annotations", ()):
        font = {"size": 12, "color": palette.INK} | base | text.get("font", {})
        yield from write(
            *frame.paper(text["x"], text["y"]),
            text["text"],
            size=font["size"],
            color=font["color"],
            anchor=text["xanchor"],
            valign=text["yanchor"],
        )
