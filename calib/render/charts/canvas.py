"""The parts of a figure: everything is placed in pixels, so that every renderer agrees.

Tick labels, legends and automatic margins differ between renderers; figures here have none of
them. Labels are annotations, grid lines and keys are shapes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from calib.render import palette
from calib.render.charts.labels import escape_markup, text_width

if TYPE_CHECKING:
    import plotly.graph_objects as go

PlotlyFigure = dict[str, Any]
"""Plain plotly JSON: `data` and `layout`."""

WIDTH = 600
DASHES = {"solid": "solid", "dash": "5px,3px", "dot": "2px,3px"}
"""The dashes in full: renderers differ in what they make of their names."""
_APART = 18
"""The room between two keys."""
SIZE, SMALL = 13, 12
"""The two sizes of text."""


@dataclass(frozen=True)
class Chart:
    """Hold a picture, what it shows in words, and the table behind it."""

    id: str
    title: str
    alt: str
    figure: PlotlyFigure
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    width: int
    height: int


def plotly_figure(chart: Chart) -> go.Figure:
    """Return the chart as a plotly figure, for use on a screen."""
    import plotly.graph_objects as go  # heavy, and needed only on a screen

    return go.Figure(chart.figure)


def alpha(color: str, opacity: float) -> str:
    """Return a `#rrggbb` colour with an opacity; raises ValueError for any other form."""
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", color):
        raise ValueError(f"{color!r} is not a colour like {palette.ACCENT}")
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity:g})"


def text_color_on(color: str) -> str:
    """Return the text colour that reads on a fill."""
    red, green, blue = (int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
    light = 0.2126 * red**2.2 + 0.7152 * green**2.2 + 0.0722 * blue**2.2
    return palette.PAPER if light < 0.22 else palette.INK


@dataclass
class Canvas:
    """Collect traces, texts and lines, placed in pixels from the top left corner."""

    height: int
    width: int = WIDTH
    data: list[dict[str, Any]] = field(default_factory=list)
    texts: list[dict[str, Any]] = field(default_factory=list)
    shapes: list[dict[str, Any]] = field(default_factory=list)
    axes: dict[str, Any] = field(default_factory=dict)

    def x(self, pixel: float) -> float:
        """Return a paper coordinate."""
        return round(pixel / self.width, 5)

    def y(self, pixel: float) -> float:
        """Return a paper coordinate, which counts from the bottom."""
        return round(1 - pixel / self.height, 5)

    def text(
        self,
        x: float,
        y: float,
        lines: str | Sequence[str],
        *,
        size: int = SIZE,
        color: str = palette.INK,
        anchor: str = "left",
        valign: str = "middle",
    ) -> None:
        """Write lines of text, which may hold markup, at a point."""
        self.texts.append(
            {
                "x": self.x(x),
                "y": self.y(y),
                "xref": "paper",
                "yref": "paper",
                "text": lines if isinstance(lines, str) else "<br>".join(lines),
                "showarrow": False,
                "xanchor": anchor,
                "yanchor": valign,
                "align": anchor,
                "borderpad": 0,
                "font": {"size": size, "color": color},
            }
        )

    def line(
        self,
        x0: float,
        y0: float,
        x1: float,
        y1: float,
        *,
        color: str = palette.LINE,
        width: float = 1,
        dash: str = "solid",
    ) -> None:
        """Draw a line below the traces."""
        self._shape("line", (x0, y0, x1, y1), {"color": color, "width": width, "dash": dash})

    def swatch(
        self, kind: str, box: tuple[float, float, float, float], fill: str, line: str = ""
    ) -> None:
        """Draw a filled rect or circle, with or without an outline."""
        self._shape(kind, box, {"color": line or fill, "width": 1.5 if line else 0})
        self.shapes[-1]["fillcolor"] = fill

    def _shape(
        self, kind: str, box: tuple[float, float, float, float], line: dict[str, Any]
    ) -> None:
        self.shapes.append(
            {
                "type": kind,
                "xref": "paper",
                "yref": "paper",
                "layer": "below",
                "line": line,
                "x0": self.x(box[0]),
                "y0": self.y(box[1]),
                "x1": self.x(box[2]),
                "y1": self.y(box[3]),
            }
        )

    def axis_pair(
        self,
        box: tuple[float, float, float, float],
        x_range: tuple[float, float],
        y_range: tuple[float, float],
        number: str = "",
    ) -> None:
        """Place a pair of unseen axes in a box of left, top, right, bottom."""
        left, top, right, bottom = box
        unseen: dict[str, Any] = {"visible": False, "fixedrange": True}
        self.axes[f"xaxis{number}"] = unseen | {
            "domain": [self.x(left), self.x(right)],
            "range": list(x_range),
            "anchor": f"y{number}",
        }
        self.axes[f"yaxis{number}"] = unseen | {
            "domain": [self.y(bottom), self.y(top)],
            "range": list(y_range),
            "anchor": f"x{number}",
        }

    def labels(
        self,
        x: Sequence[float],
        y: Sequence[float],
        texts: Sequence[str],
        colors: Sequence[str],
        size: int = SIZE,
    ) -> None:
        """Write a text in the middle of each place on the axes."""
        self.data.append(
            {
                "type": "scatter",
                "mode": "text",
                "x": list(x),
                "y": list(y),
                "text": list(texts),
                "textposition": "middle center",
                "textfont": {"size": size, "color": list(colors)},
                "hoverinfo": "skip",
                "showlegend": False,
                "cliponaxis": False,
            }
        )

    def key(self, left: float, y: float, items: Sequence[tuple[str, str, str, str]]) -> float:
        """Write a row of keys (kind of mark, fill, outline, words); return where it ends."""
        for kind, fill, line, words in items:
            if kind in DASHES:
                self.line(left, y, left + 22, y, color=fill, width=2, dash=DASHES[kind])
                left += 28
            elif kind:
                half = 4.5 if kind == "circle" else 6
                self.swatch(kind, (left, y - half, left + 2 * half, y + half), fill, line)
                left += 2 * half + 6
            self.text(left, y, escape_markup(words), size=SMALL, color=palette.MUTED)
            left += text_width(words, SMALL) + _APART
        return left - _APART

    def figure(self) -> PlotlyFigure:
        """Return the figure."""
        clear = "rgba(0,0,0,0)"
        layout: dict[str, Any] = {
            "width": self.width,
            "height": self.height,
            "autosize": False,
            "margin": {"l": 0, "r": 0, "t": 0, "b": 0},
            "paper_bgcolor": clear,
            "plot_bgcolor": clear,
            "font": {"family": palette.FONT, "size": SIZE, "color": palette.INK},
            "showlegend": False,
            "hovermode": "closest",
            "dragmode": False,
            "hoverlabel": {
                "bgcolor": palette.PAPER,
                "bordercolor": palette.LINE,
                "align": "left",
                "font": {"family": palette.FONT, "size": SMALL, "color": palette.INK},
            },
        }
        layout |= self.axes | {"shapes": self.shapes, "annotations": self.texts}
        return {"data": self.data, "layout": layout}
