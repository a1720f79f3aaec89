"""Radar chart: the gauge of each control, its required gauge, and the last milestone."""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, pi, sin

from calib.model import ControlResult, Milestone, Result
from calib.render import palette
from calib.render.charts import labels
from calib.render.charts.canvas import DASHES, SIZE, SMALL, WIDTH, Canvas, Chart, alpha
from calib.text import plural

_RADIUS, _MIDDLE, _TOP = 132, WIDTH / 2, 78
_HEIGHT = _TOP + 2 * _RADIUS + 128
_MAX_LEVEL = 4


def maturity_radar(result: Result, *, accent: str = palette.ACCENT) -> Chart:
    """Draw the gauge of each control, the gauge its gate requires, and the last milestone."""
    past = labels.past_milestones(result)
    last = past[-1] if past else None
    canvas = Canvas(_HEIGHT)
    _polar(canvas, result)
    _outline(
        canvas,
        result,
        [labels.needed_gauge(c) for c in result.controls],
        "required",
        {"color": palette.INK, "width": 1.2, "dash": DASHES["dash"]},
    )
    complete = last if last and _has_all_controls(last, result) else None
    if complete:
        gauges = dict(complete.gauges)
        _outline(
            canvas,
            result,
            [gauges[c.control] for c in result.controls],
            labels.escape_markup(complete.name),
            {"color": palette.MUTED, "width": 1.5, "dash": DASHES["dot"]},
        )
    _current(canvas, result, accent)
    _labels(canvas, result)
    _legend(canvas, complete, accent)
    columns, rows = _data_table(result, last)
    return Chart(
        "maturity-radar",
        "Maturity by control",
        _alt(result, last),
        canvas.figure(),
        columns,
        rows,
        canvas.width,
        canvas.height,
    )


def _has_all_controls(milestone: Milestone, result: Result) -> bool:
    """Return whether a milestone has a gauge for each control; otherwise no outline is possible."""
    return {c.control for c in result.controls} <= {control for control, _ in milestone.gauges}


def _data_table(
    result: Result, last: Milestone | None
) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    columns: tuple[str, ...] = ("Control", "Title", "Current", "Required", "Gate")
    rows = [
        (
            c.control,
            c.title,
            labels.format_gauge(c.gauge),
            labels.format_gauge(labels.needed_gauge(c)),
            "met" if c.gate else "not met",
        )
        for c in result.controls
    ]
    if last is None:
        return columns, tuple(rows)
    before = {control: labels.format_gauge(gauge) for control, gauge in last.gauges}
    columns += (f"{last.name} ({last.date.isoformat()})",)
    return columns, tuple((*row, before.get(row[0], "–")) for row in rows)


def _polar(canvas: Canvas, result: Result) -> None:
    top, bottom = _TOP, _TOP + 2 * _RADIUS
    grid = {"gridcolor": palette.LINE, "gridwidth": 1, "showticklabels": False, "ticks": ""}
    canvas.axes["polar"] = {
        "domain": {
            "x": [canvas.x(_MIDDLE - _RADIUS), canvas.x(_MIDDLE + _RADIUS)],
            "y": [canvas.y(bottom), canvas.y(top)],
        },
        "gridshape": "linear",
        "bgcolor": "rgba(0,0,0,0)",
        "radialaxis": grid
        | {
            "range": [0, _MAX_LEVEL],
            "tickvals": list(range(1, _MAX_LEVEL + 1)),
            "showline": False,
            "angle": 90,
        },
        "angularaxis": grid
        | {
            "type": "category",
            "categoryorder": "array",
            "rotation": 90,
            "direction": "clockwise",
            "categoryarray": [c.control for c in result.controls],
            "linecolor": palette.LINE,
            "linewidth": 1,
        },
    }


def _outline(
    canvas: Canvas, result: Result, values: Sequence[float], name: str, line: dict[str, object]
) -> None:
    # The first point again at the end closes the outline.
    ring = [*result.controls, *result.controls[:1]]
    canvas.data.append(
        {
            "type": "scatterpolar",
            "mode": "lines",
            "name": name,
            "line": line,
            "theta": [c.control for c in ring],
            "r": [round(v, 3) for v in (*values, *values[:1])],
            "hoverinfo": "skip",
            "showlegend": False,
            "cliponaxis": False,
        }
    )


def _current(canvas: Canvas, result: Result, accent: str) -> None:
    ring = [*result.controls, *result.controls[:1]]
    canvas.data.append(
        {
            "type": "scatterpolar",
            "mode": "lines+markers",
            "name": "current",
            "theta": [c.control for c in ring],
            "r": [c.gauge for c in ring],
            "line": {"color": accent, "width": 2.5},
            "fill": "toself",
            "fillcolor": alpha(accent, 0.12),
            "marker": {
                "size": 9,
                "color": [accent if c.gate else palette.PAPER for c in ring],
                "line": {"color": accent, "width": 2},
            },
            "hoverinfo": "text",
            "hovertext": [_hover(c) for c in ring],
            "showlegend": False,
            "cliponaxis": False,
        }
    )


def _hover(control: ControlResult) -> str:
    gate = "gate met" if control.gate else "gate not met"
    required = labels.format_gauge(labels.needed_gauge(control))
    return (
        f"<b>{labels.control_number(control)}</b> {labels.escape_markup(control.title)}<br>"
        f"current {labels.format_gauge(control.gauge)}, required {required}, {gate}"
    )


def _labels(canvas: Canvas, result: Result) -> None:
    for index, control in enumerate(result.controls):
        # Angles run clockwise from the top, like the angular axis in `_polar`.
        angle = pi / 2 - 2 * pi * index / len(result.controls)
        across, up = cos(angle), sin(angle)
        x = _MIDDLE + (_RADIUS + 14) * across
        y = _TOP + _RADIUS - (_RADIUS + 12) * up
        # Labels at the sides begin next to their corner; those above and below are centred.
        side = abs(across) > 0.3
        room = (WIDTH - 4 - x if across > 0 else x - 4) if side else WIDTH * 0.5
        lines = labels.wrap(labels.control_label(control), room, SIZE, 2)
        shown = [labels.escape_markup(line) for line in lines]
        number = labels.control_number(control)
        shown[0] = f"<b>{number}</b>" + shown[0].removeprefix(number)
        gauge = labels.format_gauge(control.gauge)
        required = labels.format_gauge(labels.needed_gauge(control))
        shown.append(
            f'<b>{gauge}</b> <span style="color:{palette.MUTED}">of {required} required</span>'
        )
        canvas.text(
            x,
            y,
            shown,
            anchor=("left" if across > 0 else "right") if side else "center",
            valign="middle" if abs(up) < 0.9 else "bottom" if up > 0 else "top",
        )


def _legend(canvas: Canvas, last: Milestone | None, accent: str) -> None:
    lines = [("solid", accent, "", "current"), ("dash", palette.INK, "", "required for the gate")]
    if last:
        name = ", ".join([*labels.wrap(last.name, 220, SMALL, 1), labels.short_date(last.date)])
        lines.append(("dot", palette.MUTED, "", name))
    marks = [
        ("circle", accent, accent, "gate met"),
        ("circle", palette.PAPER, accent, "gate not met"),
        ("", "", "", f"rings: levels 1 to {_MAX_LEVEL}"),
    ]
    for y, items in ((_HEIGHT - 34, lines), (_HEIGHT - 13, marks)):
        extent = Canvas(1).legend(0, 0, items)  # measured on a canvas that is thrown away
        canvas.legend((WIDTH - extent) / 2, y, items)


def _alt(result: Result, last: Milestone | None) -> str:
    if not result.controls:
        return "Radar chart of maturity by control; there are no controls."
    lowest = labels.lowest_controls(result)
    met = sum(c.gate for c in result.controls)
    names = labels.join_first([labels.control_label(c) for c in lowest])
    required = sorted({labels.format_gauge(labels.needed_gauge(c)) for c in lowest})
    text = (
        f"Radar chart of the maturity of {plural(len(result.controls), 'control')} on a scale from "
        f"0 to {_MAX_LEVEL}; overall gauge {labels.format_gauge(result.gauge)}. Lowest: {names} at "
        f"{labels.format_gauge(lowest[0].gauge)}; required for the gate: "
        f"{labels.join_first(required)}. "
        f"{met} of {plural(len(result.controls), 'gate')} {'is' if met == 1 else 'are'} met."
    )
    if last:
        before = dict(last.gauges)
        up = sum(c.gauge > before.get(c.control, c.gauge) for c in result.controls)
        down = sum(c.gauge < before.get(c.control, c.gauge) for c in result.controls)
        text += (
            f" Since “{labels.single_line(last.name)}” ({labels.short_date(last.date)}), "
            f"{plural(up, 'control')} rose and {down} fell."
        )
    return text
