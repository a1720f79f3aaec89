"""Schema of the supported figures: the traces and attributes of our charts.

Figures are validated on each rendering, not only in tests: exporters read them from notebook
outputs, which users can edit and extend, and their colours and texts end up in the SVG. Validation
takes about a quarter of the rendering time.
"""

from __future__ import annotations

import re

from calib.render.document import JsonObject
from calib.render.svg.validators import (
    UnsupportedFigure,
    Validator,
    boolean,
    color,
    dash_pattern,
    list_of,
    markup_text,
    non_negative,
    nullable,
    number,
    object_with,
    one_of,
    pair,
    single_or_list,
    string,
)

_numbers, _maybe_numbers = list_of(number), list_of(nullable(number))
_line = object_with({"color": color, "width": non_negative, "dash": dash_pattern})
_domain = list_of(number, 2)
_font = object_with({"family": string, "size": non_negative, "color": color})

_interactive: dict[str, Validator] = {
    "hovertext": single_or_list(string, list_of(single_or_list(string, list_of(string)))),
    "hoverinfo": one_of("text", "skip"),
    "hoverongaps": one_of(False),
    "name": string,
    "showlegend": one_of(False),
    "cliponaxis": boolean,
}
"""Attributes for interactive charts only; the SVG ignores them."""

_cartesian: dict[str, Validator] = {
    "type": string,
    "x": _numbers,
    "y": _numbers,
    "xaxis": string,
    "yaxis": string,
    **_interactive,
}
_marker = object_with(
    {
        "size": non_negative,
        "color": single_or_list(color, list_of(color)),
        "line": _line,
    }
)


_text_font = object_with({"size": non_negative, "color": single_or_list(color, list_of(color))})

TRACES: dict[str, Validator] = {
    "scatter": object_with(
        {
            **_cartesian,
            "x": _maybe_numbers,
            "y": _maybe_numbers,
            "line": _line,
            "marker": _marker,
            "mode": one_of("lines", "markers", "lines+markers", "text"),
            "text": list_of(markup_text),
            "textposition": one_of("middle center"),
            "textfont": _text_font,
        },
        "x y mode",
    ),
    "bar": object_with(
        {
            **_cartesian,
            "x": _maybe_numbers,
            "orientation": one_of("h"),
            "width": non_negative,
            "marker": _marker,
        },
        "x y orientation width marker",
    ),
    "heatmap": object_with(
        {
            **_cartesian,
            "z": list_of(_maybe_numbers),
            "zmin": number,
            "zmax": number,
            "colorscale": list_of(pair(number, color)),
            "showscale": one_of(False),
            "xgap": non_negative,
            "ygap": non_negative,
        },
        "x y z zmin zmax colorscale",
    ),
    "scatterpolar": object_with(
        {
            "type": string,
            "theta": list_of(string),
            "r": _numbers,
            "line": _line,
            "marker": _marker,
            "mode": one_of("lines", "lines+markers"),
            "fill": one_of("toself"),
            "fillcolor": color,
            **_interactive,
        },
        "theta r mode",
    ),
}

_axis = object_with(
    {
        "visible": one_of(False),
        "fixedrange": one_of(True),
        "domain": _domain,
        "range": list_of(number, 2),
        "anchor": string,
    },
    "visible domain range",
)
_grid: dict[str, Validator] = {
    "gridcolor": color,
    "gridwidth": non_negative,
    "showticklabels": one_of(False),
    "ticks": one_of(""),
}
_polar = object_with(
    {
        "domain": object_with({"x": _domain, "y": _domain}, "x y"),
        "gridshape": one_of("linear"),
        "bgcolor": color,
        "radialaxis": object_with(
            {
                **_grid,
                "range": list_of(number, 2),
                "tickvals": _numbers,
                "showline": one_of(False),
                "angle": number,
            },
            "range tickvals gridcolor showticklabels ticks showline",
        ),
        "angularaxis": object_with(
            {
                **_grid,
                "type": one_of("category"),
                "categoryorder": one_of("array"),
                "categoryarray": list_of(string),
                "rotation": number,
                "direction": one_of("clockwise", "counterclockwise"),
                "linecolor": color,
                "linewidth": non_negative,
            },
            "type categoryarray rotation direction gridcolor showticklabels ticks",
        ),
    },
    "domain radialaxis angularaxis gridshape",
)
_text = object_with(
    {
        "x": number,
        "y": number,
        "xref": one_of("paper"),
        "yref": one_of("paper"),
        "text": markup_text,
        "showarrow": one_of(False),
        "xanchor": one_of("left", "center", "right"),
        "yanchor": one_of("top", "middle", "bottom"),
        "align": one_of("left", "center", "right"),
        "borderpad": one_of(0),
        "font": _font,
    },
    "x y xref yref text showarrow xanchor yanchor align",
)
_shape = object_with(
    {
        "type": one_of("line", "rect", "circle"),
        "xref": one_of("paper"),
        "yref": one_of("paper"),
        "layer": one_of("below"),
        "line": _line,
        "fillcolor": color,
        "x0": number,
        "y0": number,
        "x1": number,
        "y1": number,
    },
    "type xref yref layer x0 y0 x1 y1 line",
)
_zero = one_of(0)
_margin = object_with({"l": _zero, "r": _zero, "t": _zero, "b": _zero}, "l r t b")
_hover_label = object_with({"bgcolor": color, "bordercolor": color, "font": _font, "align": string})
_layout: dict[str, Validator] = {
    "width": non_negative,
    "height": non_negative,
    "autosize": one_of(False),
    "margin": _margin,
    "paper_bgcolor": color,
    "plot_bgcolor": color,
    "font": _font,
    "showlegend": one_of(False),
    "hovermode": one_of("closest"),
    "dragmode": one_of(False),
    "hoverlabel": _hover_label,
    "shapes": list_of(_shape),
    "annotations": list_of(_text),
    "polar": _polar,
    "barmode": one_of("stack"),
}


def validate_figure(figure: JsonObject) -> None:
    """Raise UnsupportedFigure for anything that the renderer would not draw as plotly does."""
    parts: dict[str, Validator] = {"data": list_of(_validate_trace), "layout": _validate_layout}
    object_with(parts, "data layout")(figure, "")
    axes = figure["layout"]
    for index, trace in enumerate(figure["data"]):
        if trace["type"] == "scatterpolar":
            _validate_polar(trace, axes, f"data[{index}]")
        else:
            _validate_axes(trace, axes, f"data[{index}]")


def _validate_trace(value: object, path: str) -> None:
    kind = value.get("type") if isinstance(value, dict) else None
    if not isinstance(kind, str) or kind not in TRACES:
        raise UnsupportedFigure(f"{path}.type: unsupported trace type {kind!r}")
    TRACES[kind](value, path)


def _validate_layout(value: object, path: str) -> None:
    names = value if isinstance(value, dict) else ()
    axes = [k for k in names if re.fullmatch(r"[xy]axis\d*", str(k))]
    object_with({**_layout, **dict.fromkeys(axes, _axis)}, "margin")(value, path)


def _validate_axes(trace: JsonObject, layout: JsonObject, path: str) -> None:
    for letter in "xy":
        name = trace.get(f"{letter}axis", letter)
        if f"{letter}axis{name[1:]}" not in layout or name[0] != letter:
            raise UnsupportedFigure(f"{path}.{letter}axis: the layout has no axis {name!r}")
    if trace["type"] == "heatmap":
        if any(len(row) != len(trace["x"]) for row in trace["z"]):
            raise UnsupportedFigure(f"{path}.z: the length of a row differs from x")
        return
    _validate_lengths(trace, ("x", "y"), path)


def _validate_polar(trace: JsonObject, layout: JsonObject, path: str) -> None:
    if "polar" not in layout:
        raise UnsupportedFigure(f"{path}: the layout has no polar subplot")
    known = layout["polar"]["angularaxis"]["categoryarray"]
    for index, theta in enumerate(trace["theta"]):
        if theta not in known:
            raise UnsupportedFigure(f"{path}.theta[{index}]: {theta!r} is not in categoryarray")
    _validate_lengths(trace, ("theta", "r"), path)


def _validate_lengths(trace: JsonObject, names: tuple[str, str], path: str) -> None:
    length = len(trace[names[0]])
    lists = {
        names[1]: trace[names[1]],
        "text": trace.get("text"),
        "marker.color": trace.get("marker", {}).get("color"),
        "textfont.color": trace.get("textfont", {}).get("color"),
    }
    for name, value in lists.items():
        if isinstance(value, list | tuple) and len(value) != length:
            raise UnsupportedFigure(f"{path}.{name}: length differs from {names[0]}")
