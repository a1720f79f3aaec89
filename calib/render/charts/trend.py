"""The trend: the gauge of every control over the milestones, one small panel each."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from calib.model import ControlResult, Result
from calib.render import palette
from calib.render.charts import labels
from calib.render.charts.canvas import DASHES, SIZE, SMALL, WIDTH, Canvas, Chart

_ACROSS, _GUTTER = 3, 22
_HEAD, _PLOT, _FOOT = 44, 92, 30
_TOP = 30
_INSET = 30
"""The room at either side of a panel for the first and the last value."""


class TrendPoint(NamedTuple):
    """Hold the gauges of one day."""

    when: date
    name: str
    gauges: dict[str, float]


def trend_points(result: Result) -> list[TrendPoint]:
    """List the milestones up to now, and now."""
    found = [TrendPoint(m.date, m.name, dict(m.gauges)) for m in labels.past_milestones(result)]
    return [*found, TrendPoint(result.today, "now", {c.control: c.gauge for c in result.controls})]


def trend(result: Result, *, accent: str = palette.ACCENT) -> Chart | None:
    """Draw how the gauge of every control has moved; None where there is no milestone."""
    over = trend_points(result)
    if len(over) < 2 or not result.controls:
        return None
    deep = -(-len(result.controls) // _ACROSS)
    canvas = Canvas(_TOP + deep * (_HEAD + _PLOT + _FOOT))
    for index, control in enumerate(result.controls):
        _panel(canvas, result, over, index, accent)
        _panel_words(canvas, control, over, index)
    canvas.key(
        0,
        12,
        [
            ("solid", accent, "", "this control"),
            ("solid", palette.LINE, "", "the others"),
            ("dash", palette.MUTED, "", "needed for the gate"),
            ("", "", "", "scale 0 to 4"),
        ],
    )
    columns = (
        "Date",
        "Milestone",
        *(f"{labels.control_number(c)} {c.title}" for c in result.controls),
    )
    rows = tuple(
        (p.when.isoformat(), p.name, *(_value(p, c) or "–" for c in result.controls)) for p in over
    )
    return Chart(
        "trend",
        "Maturity over time",
        _alt(result, over),
        canvas.figure(),
        columns,
        rows,
        canvas.width,
        canvas.height,
    )


def _value(point: TrendPoint, control: ControlResult) -> str:
    value = point.gauges.get(control.control)
    return "" if value is None else labels.format_gauge(value)


def _box(index: int) -> tuple[float, float, float, float]:
    """Return left, top, right, bottom of the plot of a panel."""
    wide = (WIDTH - _GUTTER * (_ACROSS - 1)) / _ACROSS
    left = (index % _ACROSS) * (wide + _GUTTER)
    top = _TOP + (index // _ACROSS) * (_HEAD + _PLOT + _FOOT) + _HEAD
    return left + _INSET, top, left + wide - _INSET, top + _PLOT


def _panel(canvas: Canvas, result: Result, over: list[TrendPoint], index: int, accent: str) -> None:
    number = "" if index == 0 else str(index + 1)
    control = result.controls[index]
    days = [(p.when - over[0].when).days for p in over]
    # Milestones of one single day still need an axis with some length; lines at 0 keep their width.
    canvas.axis_pair(_box(index), (0, days[-1] or 1), (-0.08, 4.08), number)
    on_axes = {
        "xaxis": f"x{number}",
        "yaxis": f"y{number}",
        "type": "scatter",
        "showlegend": False,
        "cliponaxis": False,
    }
    others: list[tuple[int | None, float | None]] = []
    for other in result.controls:
        if other is not control:
            others += zip(days, (p.gauges.get(other.control) for p in over), strict=True)
            others.append((None, None))
    canvas.data.append(
        on_axes
        | {
            "mode": "lines",
            "x": [x for x, _ in others],
            "y": [y for _, y in others],
            "line": {"color": palette.LINE, "width": 1.2},
            "hoverinfo": "skip",
        }
    )
    need = round(labels.needed_gauge(control), 3)
    canvas.data.append(
        on_axes
        | {
            "mode": "lines",
            "x": [0, days[-1] or 1],
            "y": [need, need],
            "hoverinfo": "skip",
            "line": {"color": palette.MUTED, "width": 1, "dash": DASHES["dash"]},
        }
    )
    canvas.data.append(
        on_axes
        | {
            "mode": "lines+markers",
            "x": days,
            "y": [p.gauges.get(control.control) for p in over],
            "line": {"color": accent, "width": 2.5},
            "marker": {"size": 6, "color": accent},
            "hoverinfo": "text",
            "hovertext": [_hover(p, control) for p in over],
        }
    )


def _hover(point: TrendPoint, control: ControlResult) -> str:
    return f"<b>{_value(point, control)}</b> {labels.escape_markup(point.name)}, {labels.day(point.when)}"


def _panel_words(
    canvas: Canvas, control: ControlResult, over: list[TrendPoint], index: int
) -> None:
    left, top, right, bottom = _box(index)
    start = left - _INSET
    tail, room = labels.control_number(control), right + _INSET - start
    lines = [
        labels.escape_markup(t) for t in labels.wrap(labels.control_label(control), room, SIZE, 2)
    ]
    lines[0] = f"<b>{tail}</b>" + lines[0].removeprefix(tail)
    canvas.text(start, top - 10, lines, valign="bottom")
    canvas.line(left, bottom, right, bottom)
    canvas.text(
        left, bottom + 5, labels.day(over[0].when), size=11, color=palette.MUTED, valign="top"
    )
    canvas.text(
        right, bottom + 5, "now", size=11, color=palette.MUTED, anchor="right", valign="top"
    )
    for point, x, anchor in ((over[0], left - 7, "right"), (over[-1], right + 7, "left")):
        value = point.gauges.get(control.control)
        if value is not None:
            y = bottom - value / 4 * _PLOT
            bold = anchor == "left"
            canvas.text(
                x,
                y,
                f"<b>{labels.format_gauge(value)}</b>" if bold else labels.format_gauge(value),
                anchor=anchor,
                size=SIZE if bold else SMALL,
                color=palette.INK if bold else palette.MUTED,
            )


def _alt(result: Result, over: list[TrendPoint]) -> str:
    first, low = over[0], labels.lowest_controls(result)
    moves = [
        f"{labels.control_label(c)} from {_value(first, c)} to {labels.format_gauge(c.gauge)}"
        for c in result.controls
        if c.control in first.gauges
    ]
    return (
        f"Lines of the gauge of {labels.plural(len(result.controls), 'control')} over "
        f"{labels.plural(len(over) - 1, 'milestone')} since {labels.day(first.when)} "
        f"(“{labels.single_line(first.name)}”) and now: {labels.listed(moves, 12)}. Lowest now: "
        f"{labels.listed([labels.control_label(c) for c in low])} at {labels.format_gauge(low[0].gauge)}."
    )
