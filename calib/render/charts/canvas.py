"""A canvas for plotly figures with all elements placed in pixels.

Tick labels, legends and automatic margins differ between plotly.js and our SVG renderer, so figures
have none of them: labels are annotations; grid lines and legend symbols are shapes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from calib.render import palette
from calib.render.charts.labels import escape_markup, text_width
from calib.render.document import JsonObject

if TYPE_CHECKING:
    import plotly.graph_objects as go

PlotlyFigure = JsonObject
"""Plotly JSON with the keys `data` and `layout`."""

WIDTH = 600
DASHES = {"solid": "solid", "dash": "5px,3px", "dot": "2px,3px"}
"""Dash patterns in pixels: renderers interpret the named patterns differently."""
_LEGEND_GAP = 18
"""Pixels between two legend entries."""
SIZE, SMALL = 13, 12
"""The two text sizes, in pixels."""


@dataclass(frozen=True)
class Chart:
    """Represent a figure with its text alternative and data table."""

    id: str
    title: str
    alt: str
    figure: PlotlyFigure
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    width: int
    height: int


def plotly_figure(chart: Chart) -> go.Figure:
    """Return the chart as a plotly figure, for interactive use."""
    import plotly.graph_objects as go  # slow to import, and only needed for interactive use

    return go.Figure(chart.figure)


def alpha(color: str, opacity: float) -> str:
    """Return a `#rrggbb` colour with an opacity as rgba(); raise ValueError for other notations."""
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", color):
        raise ValueError(f"{color!r} is not a colour of the form #rrggbb (e.g. {palette.ACCENT})")
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity:g})"


def text_color_on(color: str) -> str:
    """Return the text colour with sufficient contrast on a fill."""
    red, green, blue = (int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
    # Relative luminance as in WCAG, with gamma approximated by 2.2.
    luminance = 0.2126 * red**2.2 + 0.7152 * green**2.2 + 0.0722 * blue**2.2
    return palette.PAPER if luminance < 0.22 else palette.INK


@dataclass
class Canvas:
    """Collect traces, texts and shapes, placed in pixels from the top left corner."""

    height: int
    width: int = WIDTH
    data: list[JsonObject] = field(default_factory=list)
    texts: list[JsonObject] = field(default_factory=list)
    shapes: list[JsonObject] = field(default_factory=list)
    axes: JsonObject = field(default_factory=dict)

    def x(self, pixel: float) -> float:
        """Convert pixels from the left to a paper coordinate."""
        return round(pixel / self.width, 5)  # exact to 0.01 pixels, and short in the HTML

    def y(self, pixel: float) -> float:
        """Convert pixels from the top to a paper coordinate, which counts from the bottom."""
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
        """Add lines of text, which may contain plotly markup, at a point."""
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
        """Add a line below the traces."""
        self._shape("line", (x0, y0, x1, y1), {"color": color, "width": width, "dash": dash})

    def swatch(
        self, kind: str, box: tuple[float, float, float, float], fill: str, line: str = ""
    ) -> None:
        """Add a filled rect or circle, with or without an outline."""
        self._shape(kind, box, {"color": line or fill, "width": 1.5 if line else 0})
        self.shapes[-1]["fillcolor"] = fill

    def _shape(self, kind: str, box: tuple[float, float, float, float], line: JsonObject) -> None:
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
        """Add a pair of invisible axes in a box of left, top, right, bottom."""
        left, top, right, bottom = box
        hidden: JsonObject = {"visible": False, "fixedrange": True}
        self.axes[f"xaxis{number}"] = hidden | {
            "domain": [self.x(left), self.x(right)],
            "range": list(x_range),
            "anchor": f"y{number}",
        }
        self.axes[f"yaxis{number}"] = hidden | {
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
        """Add a centred text at each point on the axes."""
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
                "cliponaxis": False,  # a label at the edge would be cut off
            }
        )

    def legend(self, left: float, y: float, items: Sequence[tuple[str, str, str, str]]) -> float:
        """Add a row of legend entries (symbol, fill, outline, label); return its right edge.

        A symbol is a dash name, "circle" or "rect"; "" adds a label only.
        """
        for symbol, fill, line, label in items:
            if symbol in DASHES:
                self.line(left, y, left + 22, y, color=fill, width=2, dash=DASHES[symbol])
                left += 28
            elif symbol:
                half = 4.5 if symbol == "circle" else 6
                self.swatch(symbol, (left, y - half, left + 2 * half, y + half), fill, line)
                left += 2 * half + 6
            self.text(left, y, escape_markup(label), size=SMALL, color=palette.MUTED)
            left += text_width(label, SMALL) + _LEGEND_GAP
        return left - _LEGEND_GAP

    def figure(self) -> PlotlyFigure:
        """Return the complete figure."""
        transparent = "rgba(0,0,0,0)"
        layout: JsonObject = {
            "width": self.width,
            "height": self.height,
            "autosize": False,
            "margin": {"l": 0, "r": 0, "t": 0, "b": 0},
            "paper_bgcolor": transparent,
            "plot_bgcolor": transparent,
            "font": {"family": palette.FONT, "size": SIZE, "color": palette.INK},
            "showlegend": False,
            "hovermode": "closest",
            "dragmode": False,  # dragging would zoom and move the labels apart from the data
            "hoverlabel": {
                "bgcolor": palette.PAPER,
                "bordercolor": palette.LINE,
                "align": "left",
                "font": {"family": palette.FONT, "size": SMALL, "color": palette.INK},
            },
        }
        layout |= self.axes | {"shapes": self.shapes, "annotations": self.texts}
        return {"data": self.data, "layout": layout}
