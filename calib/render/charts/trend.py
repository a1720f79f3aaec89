"""Trend chart: the gauge of each control over the milestones, one small panel each."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from calib.model import ControlResult, Result
from calib.render import palette
from calib.render.charts import labels
from calib.render.charts.canvas import DASHES, SIZE, SMALL, WIDTH, Canvas, Chart
from calib.text import plural

_PANELS_PER_ROW, _GUTTER = 3, 22
_HEAD, _PLOT, _FOOT = 44, 92, 30
_TOP = 30
_INSET = 30
"""Pixels at either side of a panel for the first and the last value."""


class TrendPoint(NamedTuple):
    """Represent the gauges of one day."""

    when: date
    name: str
    gauges: dict[str, float]


def trend(result: Result, *, accent: str = palette.ACCENT) -> Chart | None:
    """Draw the gauge of each control over time; None where there is no past milestone."""
    points = trend_points(result)
    if len(points) < 2 or not result.controls:
        return None
    panel_rows = -(-len(result.controls) // _PANELS_PER_ROW)
    canvas = Canvas(_TOP + panel_rows * (_HEAD + _PLOT + _FOOT))
    for index, control in enumerate(result.controls):
        _panel(canvas, result, points, index, accent)
        _panel_labels(canvas, control, points, index)
    canvas.legend(
        0,
        12,
        [
            ("solid", accent, "", "this control"),
            ("solid", palette.LINE, "", "other controls"),
            ("dash", palette.MUTED, "", "required for the gate"),
            ("", "", "", "scale 0 to 4"),
        ],
    )
    columns = (
        "Date",
        "Milestone",
        *(f"{labels.control_number(c)} {c.title}" for c in result.controls),
    )
    rows = tuple(
        (p.when.isoformat(), p.name, *(_value(p, c) or "–" for c in result.controls))
        for p in points
    )
    return Chart(
        "trend",
        "Maturity over time",
        _alt(result, points),
        canvas.figure(),
        columns,
        rows,
        canvas.width,
        canvas.height,
    )


def trend_points(result: Result) -> list[TrendPoint]:
    """Return the past milestones and the current gauges, oldest first."""
    past = [TrendPoint(m.date, m.name, dict(m.gauges)) for m in labels.past_milestones(result)]
    return [*past, TrendPoint(result.today, "now", {c.control: c.gauge for c in result.controls})]


def _value(point: TrendPoint, control: ControlResult) -> str:
    value = point.gauges.get(control.control)
    return "" if value is None else labels.format_gauge(value)


def _plot_box(index: int) -> tuple[float, float, float, float]:
    """Return left, top, right, bottom of a panel's plot area."""
    width = (WIDTH - _GUTTER * (_PANELS_PER_ROW - 1)) / _PANELS_PER_ROW
    left = (index % _PANELS_PER_ROW) * (width + _GUTTER)
    top = _TOP + (index // _PANELS_PER_ROW) * (_HEAD + _PLOT + _FOOT) + _HEAD
    return left + _INSET, top, left + width - _INSET, top + _PLOT


def _panel(
    canvas: Canvas, result: Result, points: list[TrendPoint], index: int, accent: str
) -> None:
    """Draw the lines of one panel: other controls, required gauge, this control on top."""
    control = result.controls[index]
    number = "" if index == 0 else str(index + 1)
    days = [(p.when - points[0].when).days for p in points]
    # An axis needs some length even if all milestones are on one day. The range extends beyond 0
    # to 4 so that a line at either end keeps its full width.
    end = days[-1] or 1
    canvas.axis_pair(_plot_box(index), (0, end), (-0.08, 4.08), number)
    base = {
        "xaxis": f"x{number}",
        "yaxis": f"y{number}",
        "type": "scatter",
        "showlegend": False,
        "cliponaxis": False,
    }
    required = round(labels.needed_gauge(control), 3)
    canvas.data += [
        base | _other_controls_trace(result, control, points, days),
        base
        | {
            "mode": "lines",
            "x": [0, end],
            "y": [required, required],
            "hoverinfo": "skip",
            "line": {"color": palette.MUTED, "width": 1, "dash": DASHES["dash"]},
        },
        base | _control_trace(control, points, days, accent),
    ]


def _other_controls_trace(
    result: Result, control: ControlResult, points: list[TrendPoint], days: list[int]
) -> dict[str, object]:
    spots: list[tuple[int | None, float | None]] = []
    for other in result.controls:
        if other is not control:
            spots += zip(days, (p.gauges.get(other.control) for p in points), strict=True)
            # A gap, so that the lines of two controls are not connected.
            spots.append((None, None))
    return {
        "mode": "lines",
        "x": [x for x, _ in spots],
        "y": [y for _, y in spots],
        "line": {"color": palette.LINE, "width": 1.2},
        "hoverinfo": "skip",
    }


def _control_trace(
    control: ControlResult, points: list[TrendPoint], days: list[int], accent: str
) -> dict[str, object]:
    return {
        "mode": "lines+markers",
        "x": days,
        "y": [p.gauges.get(control.control) for p in points],
        "line": {"color": accent, "width": 2.5},
        "marker": {"size": 6, "color": accent},
        "hoverinfo": "text",
        "hovertext": [_hover(p, control) for p in points],
    }


def _hover(point: TrendPoint, control: ControlResult) -> str:
    name, when = labels.escape_markup(point.name), labels.short_date(point.when)
    return f"<b>{_value(point, control)}</b> {name}, {when}"


def _panel_labels(
    canvas: Canvas, control: ControlResult, points: list[TrendPoint], index: int
) -> None:
    left, top, right, bottom = _plot_box(index)
    start = left - _INSET
    number, room = labels.control_number(control), right + _INSET - start
    lines = labels.wrap(labels.control_label(control), room, SIZE, 2)
    shown = [labels.escape_markup(line) for line in lines]
    shown[0] = f"<b>{number}</b>" + shown[0].removeprefix(number)
    canvas.text(start, top - 10, shown, valign="bottom")
    canvas.line(left, bottom, right, bottom)
    for x, text, anchor in (
        (left, labels.short_date(points[0].when), "left"),
        (right, "now", "right"),
    ):
        canvas.text(x, bottom + 5, text, size=11, color=palette.MUTED, anchor=anchor, valign="top")
    for point, x, anchor in ((points[0], left - 7, "right"), (points[-1], right + 7, "left")):
        value = point.gauges.get(control.control)
        if value is not None:
            y = bottom - value / 4 * _PLOT
            current = point is points[-1]
            gauge = labels.format_gauge(value)
            canvas.text(
                x,
                y,
                f"<b>{gauge}</b>" if current else gauge,
                anchor=anchor,
                size=SIZE if current else SMALL,
                color=palette.INK if current else palette.MUTED,
            )


def _alt(result: Result, points: list[TrendPoint]) -> str:
    first, lowest = points[0], labels.lowest_controls(result)
    changes = [
        f"{labels.control_label(c)} from {_value(first, c)} to {labels.format_gauge(c.gauge)}"
        for c in result.controls
        if c.control in first.gauges
    ]
    names = labels.join_first([labels.control_label(c) for c in lowest])
    return (
        f"Line chart of the gauge of {plural(len(result.controls), 'control')} over "
        f"{plural(len(points) - 1, 'milestone')} since {labels.short_date(first.when)} "
        f"(“{labels.single_line(first.name)}”): {labels.join_first(changes, 12)}. "
        f"Currently lowest: {names} at {labels.format_gauge(lowest[0].gauge)}."
    )
