"""Chart of the gauge of each control before a workshop and now."""

from __future__ import annotations

from collections.abc import Mapping

from calib.model import ControlResult, Result
from calib.render import palette
from calib.render.charts import labels
from calib.render.charts.canvas import SMALL, WIDTH, Canvas, Chart
from calib.render.charts.heat_map import draw_control_label
from calib.text import plural

_LEFT, _RIGHT, _TOP, _ROW = 202, 96, 58, 42
_INSET = 10
_COLUMNS = ("Control", "Title", "Gauge before", "Gauge now")


def workshop_change(
    result: Result, before: Mapping[str, int], *, accent: str = palette.ACCENT
) -> Chart | None:
    """Draw the gauge of each control before the workshop and now.

    `before` maps CONTROL/criterion to its level before. A control is left out if one of its
    criteria has no such level. None where no control is left.
    """
    found = [(c, g) for c in result.controls if (g := _gauge(c, before)) is not None]
    if not found:
        return None
    canvas = Canvas(_TOP + _ROW * len(found) + 6)
    _grid(canvas, len(found))
    for row, (control, gauge) in enumerate(found):
        y = _TOP + _ROW * (row + 0.5)
        draw_control_label(canvas, control, _LEFT - 12, y)
        moved = f"{labels.format_gauge(gauge)} → <b>{labels.format_gauge(control.gauge)}</b>"
        canvas.text(WIDTH - _RIGHT + 16, y, moved, size=SMALL)
    _draw_gauges(canvas, found, accent)
    canvas.legend(
        _LEFT,
        12,
        [
            ("circle", palette.PAPER, palette.MUTED, "start of workshop"),
            ("circle", accent, "", "now"),
            ("", "", "", "gauge, 0 to 4"),
        ],
    )
    rows = tuple(
        (c.control, c.title, labels.format_gauge(gauge), labels.format_gauge(c.gauge))
        for c, gauge in found
    )
    return Chart(
        "workshop-change",
        "Maturity before and after the workshop",
        _alt(found),
        canvas.figure(),
        _COLUMNS,
        rows,
        canvas.width,
        canvas.height,
    )


def _gauge(control: ControlResult, before: Mapping[str, int]) -> float | None:
    levels = [before.get(f"{control.control}/{c.criterion}") for c in control.criteria]
    known = [level for level in levels if level is not None]
    if not known or len(known) < len(levels):
        return None
    weights = sum(c.weight for c in control.criteria)
    return sum(c.weight * n for c, n in zip(control.criteria, known, strict=True)) / weights


def _grid(canvas: Canvas, count: int) -> None:
    bottom = _TOP + _ROW * count
    left, right = _LEFT + _INSET, WIDTH - _RIGHT - _INSET
    canvas.axis_pair((left, _TOP, right, bottom), (0, 4), (count - 0.5, -0.5))
    for level in range(5):
        x = left + (right - left) * level / 4
        canvas.line(x, _TOP, x, bottom)
        canvas.text(x, _TOP - 11, str(level), size=SMALL, color=palette.MUTED, anchor="center")


def _draw_gauges(canvas: Canvas, found: list[tuple[ControlResult, float]], accent: str) -> None:
    base: dict[str, object] = {"type": "scatter", "showlegend": False, "cliponaxis": False}
    x: list[float | None] = []
    y: list[float | None] = []
    for row, (control, gauge) in enumerate(found):
        x += [gauge, control.gauge, None]
        y += [row, row, None]
    canvas.data.append(
        base
        | {
            "mode": "lines",
            "x": x,
            "y": y,
            "hoverinfo": "skip",
            "line": {"color": palette.MUTED, "width": 2},
        }
    )
    rows = list(range(len(found)))
    canvas.data.append(
        base
        | {
            "mode": "markers",
            "x": [g for _, g in found],
            "y": rows,
            "hoverinfo": "skip",
            "marker": {
                "size": 11,
                "color": palette.PAPER,
                "line": {"color": palette.MUTED, "width": 2},
            },
        }
    )
    canvas.data.append(
        base
        | {
            "mode": "markers",
            "x": [c.gauge for c, _ in found],
            "y": rows,
            "marker": {"size": 11, "color": accent},
            "hoverinfo": "text",
            "hovertext": [
                f"<b>{labels.escape_markup(labels.control_label(c))}</b><br>from "
                f"{labels.format_gauge(g)} to {labels.format_gauge(c.gauge)}"
                for c, g in found
            ],
        }
    )


def _alt(found: list[tuple[ControlResult, float]]) -> str:
    changes = [
        f"{labels.control_label(c)} from {labels.format_gauge(before)} to "
        f"{labels.format_gauge(c.gauge)}"
        for c, before in found
    ]
    return (
        f"Dot plot of the gauge of {plural(len(found), 'control')} at the start of the workshop "
        f"and now: {labels.join_first(changes, 12)}."
    )
