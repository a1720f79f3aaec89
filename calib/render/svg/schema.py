"""The traces and attributes that our charts use, each with the values that are drawn."""

from __future__ import annotations

import re
from typing import Any

from calib.render.svg.validators import (
    Check,
    UnsupportedFigure,
    at_least_zero,
    color,
    dashes,
    each,
    either,
    flag,
    keys,
    label,
    nothing_or,
    number,
    one_of,
    string,
)

_numbers, _maybe_numbers = each(number), each(nothing_or(number))
_line = keys({"color": color, "width": at_least_zero, "dash": dashes})
_domain = each(number, 2)
_font = keys({"family": string, "size": at_least_zero, "color": color})

_screen: dict[str, Check] = {
    "hovertext": either(string, each(either(string, each(string)))),
    "hoverinfo": one_of("text", "skip"),
    "hoverongaps": one_of(False),
    "name": string,
    "showlegend": one_of(False),
    "cliponaxis": flag,
}
"""What only a screen shows, and a picture may leave out."""

_places: dict[str, Check] = {
    "type": string,
    "x": _numbers,
    "y": _numbers,
    "xaxis": string,
    "yaxis": string,
    **_screen,
}
_marks = keys(
    {
        "size": at_least_zero,
        "color": either(color, each(color)),
        "line": _line,
    }
)


def _colour_stop(value: Any, path: str) -> None:
    each(lambda _value, _path: None, 2)(value, path)
    number(value[0], f"{path}[0]")
    color(value[1], f"{path}[1]")


TRACES: dict[str, Check] = {
    "scatter": keys(
        {
            **_places,
            "x": _maybe_numbers,
            "y": _maybe_numbers,
            "line": _line,
            "marker": _marks,
            "mode": one_of("lines", "markers", "lines+markers", "text"),
            "text": each(label),
            "textposition": one_of("middle center"),
            "textfont": keys({"size": at_least_zero, "color": either(color, each(color))}),
        },
        "x y mode",
    ),
    "bar": keys(
        {
            **_places,
            "x": _maybe_numbers,
            "orientation": one_of("h"),
            "width": at_least_zero,
            "marker": _marks,
        },
        "x y orientation width marker",
    ),
    "heatmap": keys(
        {
            **_places,
            "z": each(_maybe_numbers),
            "zmin": number,
            "zmax": number,
            "colorscale": each(_colour_stop),
            "showscale": one_of(False),
            "xgap": at_least_zero,
            "ygap": at_least_zero,
        },
        "x y z zmin zmax colorscale",
    ),
    "scatterpolar": keys(
        {
            "type": string,
            "theta": each(string),
            "r": _numbers,
            "line": _line,
            "marker": _marks,
            "mode": one_of("lines", "lines+markers"),
            "fill": one_of("toself"),
            "fillcolor": color,
            **_screen,
        },
        "theta r mode",
    ),
}

_axis = keys(
    {
        "visible": one_of(False),
        "fixedrange": one_of(True),
        "domain": _domain,
        "range": each(number, 2),
        "anchor": string,
    },
    "visible domain range",
)
_grid: dict[str, Check] = {
    "gridcolor": color,
    "gridwidth": at_least_zero,
    "showticklabels": one_of(False),
    "ticks": one_of(""),
}
_polar = keys(
    {
        "domain": keys({"x": _domain, "y": _domain}, "x y"),
        "gridshape": one_of("linear"),
        "bgcolor": color,
        "radialaxis": keys(
            {
                **_grid,
                "range": each(number, 2),
                "tickvals": _numbers,
                "showline": one_of(False),
                "angle": number,
            },
            "range tickvals gridcolor showticklabels ticks showline",
        ),
        "angularaxis": keys(
            {
                **_grid,
                "type": one_of("category"),
                "categoryorder": one_of("array"),
                "categoryarray": each(string),
                "rotation": number,
                "direction": one_of("clockwise", "counterclockwise"),
                "linecolor": color,
                "linewidth": at_least_zero,
            },
            "type categoryarray rotation direction gridcolor showticklabels ticks",
        ),
    },
    "domain radialaxis angularaxis gridshape",
)
_text = keys(
    {
        "x": number,
        "y": number,
        "xref": one_of("paper"),
        "yref": one_of("paper"),
        "text": label,
        "showarrow": one_of(False),
        "xanchor": one_of("left", "center", "right"),
        "yanchor": one_of("top", "middle", "bottom"),
        "align": one_of("left", "center", "right"),
        "borderpad": one_of(0),
        "font": _font,
    },
    "x y xref yref text showarrow xanchor yanchor align",
)
_shape = keys(
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
_margin = keys({"l": _zero, "r": _zero, "t": _zero, "b": _zero}, "l r t b")
_layout: dict[str, Check] = {
    "width": at_least_zero,
    "height": at_least_zero,
    "autosize": one_of(False),
    "margin": _margin,
    "paper_bgcolor": color,
    "plot_bgcolor": color,
    "font": _font,
    "showlegend": one_of(False),
    "hovermode": one_of("closest"),
    "dragmode": one_of(False),
    "hoverlabel": keys({"bgcolor": color, "bordercolor": color, "font": _font, "align": string}),
    "shapes": each(_shape),
    "annotations": each(_text),
    "polar": _polar,
    "barmode": one_of("stack"),
}


def check(figure: dict[str, Any]) -> None:
    """Refuse whatever the renderer would not draw as plotly does; raises Unsupported."""
    keys({"data": each(_trace), "layout": _check_layout}, "data layout")(figure, "")
    axes = figure["layout"]
    for index, trace in enumerate(figure["data"]):
        if trace["type"] == "scatterpolar":
            _fits_polar(trace, axes, f"data[{index}]")
        else:
            _fits_axes(trace, axes, f"data[{index}]")


def _trace(value: Any, path: str) -> None:
    kind = value.get("type") if isinstance(value, dict) else None
    if not isinstance(kind, str) or kind not in TRACES:
        raise UnsupportedFigure(f"{path}.type: the renderer does not know traces of type {kind!r}")
    TRACES[kind](value, path)


def _check_layout(value: Any, path: str) -> None:
    axes = [k for k in value if re.fullmatch(r"[xy]axis\d*", str(k))] if value else []
    keys({**_layout, **dict.fromkeys(axes, _axis)}, "margin")(value, path)


def _fits_axes(trace: dict[str, Any], layout: dict[str, Any], path: str) -> None:
    for letter in "xy":
        name = trace.get(f"{letter}axis", letter)
        if f"{letter}axis{name[1:]}" not in layout or name[0] != letter:
            raise UnsupportedFigure(f"{path}.{letter}axis: the layout has no axis {name!r}")
    if trace["type"] == "heatmap":
        if any(len(row) != len(trace["x"]) for row in trace["z"]):
            raise UnsupportedFigure(f"{path}.z: a row is not as long as x")
        return
    _same_length(trace, ("x", "y"), path)


def _fits_polar(trace: dict[str, Any], layout: dict[str, Any], path: str) -> None:
    if "polar" not in layout:
        raise UnsupportedFigure(f"{path}: the layout has no polar")
    known = layout["polar"]["angularaxis"]["categoryarray"]
    for index, theta in enumerate(trace["theta"]):
        if theta not in known:
            raise UnsupportedFigure(f"{path}.theta[{index}]: {theta!r} is not in the categoryarray")
    _same_length(trace, ("theta", "r"), path)


def _same_length(trace: dict[str, Any], names: tuple[str, str], path: str) -> None:
    length = len(trace[names[0]])
    listed = {
        names[1]: trace[names[1]],
        "text": trace.get("text"),
        "marker.color": trace.get("marker", {}).get("color"),
        "textfont.color": trace.get("textfont", {}).get("color"),
    }
    for name, value in listed.items():
        if isinstance(value, list | tuple) and len(value) != length:
            raise UnsupportedFigure(f"{path}.{name}: not as long as {names[0]}")
