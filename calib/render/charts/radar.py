"""The maturity radar: every control's gauge now, what its gate needs, and the last milestone."""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, pi, sin
from typing import Any

from calib.model import ControlResult, Milestone, Result
from calib.render import palette
from calib.render.charts import labels
from calib.render.charts.canvas import DASHES, SIZE, SMALL, WIDTH, Canvas, Chart, alpha

_RADIUS, _MIDDLE, _TOP = 132, WIDTH / 2, 78
_HEIGHT = _TOP + 2 * _RADIUS + 128
_FULL = 4


def maturity_radar(result: Result, *, accent: str = palette.ACCENT) -> Chart:
    """Draw the gauge of every control against what its gate needs and the last milestone."""
    past = labels.past_milestones(result)
    last = past[-1] if past else None
    before = dict(last.gauges) if last else {}
    canvas = Canvas(_HEIGHT)
    _polar(canvas, result)
    _outline(
        canvas,
        result,
        [labels.needed_gauge(c) for c in result.controls],
        "needed",
        {"color": palette.INK, "width": 1.2, "dash": DASHES["dash"]},
    )
    # A milestone that lacks a control has no outline, but stands in the table.
    whole = last if all(c.control in before for c in result.controls) else None
    if whole:
        _outline(
            canvas,
            result,
            [before[c.control] for c in result.controls],
            labels.escape_markup(whole.name),
            {"color": palette.MUTED, "width": 1.5, "dash": DASHES["dot"]},
        )
    _now(canvas, result, accent)
    _labels(canvas, result)
    _keys(canvas, whole, accent)
    columns: tuple[str, ...] = ("Control", "Title", "Now", "Needed", "Gate")
    rows: list[tuple[str, ...]] = [
        (
            c.control,
            c.title,
            labels.format_gauge(c.gauge),
            labels.format_gauge(labels.needed_gauge(c)),
            "holds" if c.gate else "does not hold",
        )
        for c in result.controls
    ]
    if last:
        columns += (f"{last.name} ({last.date.isoformat()})",)
        rows = [(*r, labels.format_gauge(before[r[0]]) if r[0] in before else "–") for r in rows]
    return Chart(
        "maturity-radar",
        "Maturity by control",
        _alt(result, last),
        canvas.figure(),
        columns,
        tuple(rows),
        canvas.width,
        canvas.height,
    )


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
            "range": [0, _FULL],
            "tickvals": [1, 2, 3, 4],
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
    canvas: Canvas, result: Result, values: Sequence[float], name: str, line: dict[str, Any]
) -> None:
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


def _now(canvas: Canvas, result: Result, accent: str) -> None:
    ring = [*result.controls, *result.controls[:1]]
    canvas.data.append(
        {
            "type": "scatterpolar",
            "mode": "lines+markers",
            "name": "now",
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
    gate = "gate holds" if control.gate else "gate does not hold"
    return (
        f"<b>{labels.control_number(control)}</b> {labels.escape_markup(control.title)}<br>"
        f"now {labels.format_gauge(control.gauge)}, needed {labels.format_gauge(labels.needed_gauge(control))}, {gate}"
    )


def _labels(canvas: Canvas, result: Result) -> None:
    for index, control in enumerate(result.controls):
        turn = pi / 2 - 2 * pi * index / len(result.controls)
        across, up = cos(turn), sin(turn)
        x = _MIDDLE + (_RADIUS + 14) * across
        y = _TOP + _RADIUS - (_RADIUS + 12) * up
        side = abs(across) > 0.3
        room = (WIDTH - 4 - x if across > 0 else x - 4) if side else WIDTH * 0.5
        lines = labels.wrap(labels.control_label(control), room, SIZE, 2)
        shown = [labels.escape_markup(line) for line in lines]
        tail = labels.control_number(control)
        shown[0] = f"<b>{tail}</b>" + shown[0].removeprefix(tail)
        shown.append(
            f"<b>{labels.format_gauge(control.gauge)}</b> "
            f'<span style="color:{palette.MUTED}">of {labels.format_gauge(labels.needed_gauge(control))} needed'
            "</span>"
        )
        canvas.text(
            x,
            y,
            shown,
            anchor=("left" if across > 0 else "right") if side else "center",
            valign="middle" if abs(up) < 0.9 else "bottom" if up > 0 else "top",
        )


def _keys(canvas: Canvas, last: Milestone | None, accent: str) -> None:
    lines = [("solid", accent, "", "now"), ("dash", palette.INK, "", "needed for the gate")]
    if last:
        said = ", ".join([*labels.wrap(last.name, 220, SMALL, 1), labels.day(last.date)])
        lines.append(("dot", palette.MUTED, "", said))
    marks = [
        ("circle", accent, accent, "gate holds"),
        ("circle", palette.PAPER, accent, "gate does not hold"),
        ("", "", "", "rings: levels 1 to 4"),
    ]
    for y, items in ((_HEIGHT - 34, lines), (_HEIGHT - 13, marks)):
        extent = Canvas(1).key(0, 0, items)
        canvas.key((WIDTH - extent) / 2, y, items)


def _alt(result: Result, last: Milestone | None) -> str:
    if not result.controls:
        return "Radar of the maturity of the controls; there are none."
    low = labels.lowest_controls(result)
    holds = sum(c.gate for c in result.controls)
    names = labels.listed([labels.control_label(c) for c in low])
    needs = labels.listed(sorted({labels.format_gauge(labels.needed_gauge(c)) for c in low}))
    text = (
        f"Radar of the maturity of {labels.plural(len(result.controls), 'control')} on a scale "
        f"from 0 to 4, overall {labels.format_gauge(result.gauge)}. Lowest: {names} at "
        f"{labels.format_gauge(low[0].gauge)}, where the gate needs {needs}. "
        f"{labels.plural(holds, 'gate')} of {len(result.controls)} "
        f"{'holds' if holds == 1 else 'hold'}."
    )
    if last:
        before = dict(last.gauges)
        up = sum(c.gauge > before.get(c.control, c.gauge) for c in result.controls)
        down = sum(c.gauge < before.get(c.control, c.gauge) for c in result.controls)
        text += (
            f" Since “{labels.single_line(last.name)}” of {labels.day(last.date)}, "
            f"{labels.plural(up, 'control')} rose and {down} fell."
        )
    return text
