"""Heat map of the effective level of each criterion."""

from __future__ import annotations

from collections.abc import Sequence

from calib.model import ControlResult, CriterionResult, Result
from calib.render import palette
from calib.render.charts import labels
from calib.render.charts.canvas import SIZE, SMALL, WIDTH, Canvas, Chart
from calib.text import plural

_LEFT, _TOP, _ROW = 202, 58, 46
_COLUMNS = ("Control", "No.", "Criterion", "Claimed", "Supported", "Effective", "Required", "Below")


def criteria_heat_map(
    result: Result, *, accent: str = palette.ACCENT, levels: Sequence[str] = ()
) -> Chart:
    """Draw the effective level of each criterion; a dot marks levels below the required one.

    `levels` names the levels in the legend. The accent is ignored, since levels have fixed colours.
    """
    del accent  # a parameter of all charts
    count = max((len(c.criteria) for c in result.controls), default=1)
    canvas = Canvas(_TOP + _ROW * len(result.controls) + 8)
    _cells(canvas, result, count)
    _labels(canvas, result, count)
    _legend(canvas, levels)
    return Chart(
        "criteria-heat-map",
        "Effective level by criterion",
        _alt(result),
        canvas.figure(),
        _COLUMNS,
        _rows(result),
        canvas.width,
        canvas.height,
    )


def flat_colorscale(colors: Sequence[str]) -> list[list[float | str]]:
    """Return a stepped colour scale for the values 0, 1, 2 and so on, without blending."""
    size = len(colors)
    return [
        [round(edge / size, 6), color]
        for index, color in enumerate(colors)
        for edge in (index, index + 1)
    ]


def _cells(canvas: Canvas, result: Result, count: int) -> None:
    height = len(result.controls)
    canvas.axis_pair(
        (_LEFT, _TOP, WIDTH, _TOP + _ROW * height), (0.5, count + 0.5), (height - 0.5, -0.5)
    )
    at = [
        (i, row, c)
        for row, control in enumerate(result.controls)
        for i, c in enumerate(control.criteria, start=1)
    ]
    level = {(row, i): c.effective for i, row, c in at}
    hover = {(row, i): _hover(c) for i, row, c in at}
    cells = [[(row, i) for i in range(1, count + 1)] for row in range(height)]
    canvas.data.append(
        {
            "type": "heatmap",
            "x": list(range(1, count + 1)),
            "y": list(range(height)),
            "z": [[level.get(cell) for cell in row] for row in cells],
            "hovertext": [[hover.get(cell, "") for cell in row] for row in cells],
            "hoverinfo": "text",
            "hoverongaps": False,
            "zmin": -0.5,
            "zmax": 4.5,
            "colorscale": flat_colorscale(palette.LEVELS),
            "showscale": False,
            "xgap": 3,
            "ygap": 3,
        }
    )
    canvas.labels(
        [i for i, _, _ in at],
        [row for _, row, _ in at],
        [str(c.effective) for _, _, c in at],
        [palette.ON_LEVELS[c.effective] for _, _, c in at],
    )
    # The dots are in the upper right corner of a cell; the y axis counts downwards.
    below = [(i, row) for i, row, c in at if not c.met]
    canvas.data.append(
        {
            "type": "scatter",
            "mode": "markers",
            "x": [i + 0.32 for i, _ in below],
            "y": [row - 0.27 for _, row in below],
            "marker": {"size": 7, "color": palette.BAD},
            "hoverinfo": "skip",
            "showlegend": False,
            "cliponaxis": False,
        }
    )


def _hover(criterion: CriterionResult) -> str:
    return (
        f"<b>{labels.escape_markup(criterion.title)}</b><br>claimed {_claimed(criterion)}, "
        f"supported {criterion.supported}<br>effective {criterion.effective}, "
        f"required {criterion.needed}"
    )


def _claimed(criterion: CriterionResult) -> str:
    return "–" if criterion.claimed is None else str(criterion.claimed)


def _labels(canvas: Canvas, result: Result, count: int) -> None:
    step = (WIDTH - _LEFT) / count
    canvas.text(_LEFT - 12, _TOP - 11, "criterion", size=SMALL, color=palette.MUTED, anchor="right")
    for i in range(count):
        canvas.text(
            _LEFT + step * (i + 0.5),
            _TOP - 11,
            str(i + 1),
            size=SMALL,
            color=palette.MUTED,
            anchor="center",
        )
    for row, control in enumerate(result.controls):
        draw_control_label(canvas, control, _LEFT - 12, _TOP + _ROW * (row + 0.5))


def draw_control_label(canvas: Canvas, control: ControlResult, room: float, y: float) -> None:
    """Draw a control's number and short title to the left of its row."""
    lines = labels.wrap(labels.short_title(control.title), room - 34, SIZE, 2)
    canvas.text(0, y, f"<b>{labels.escape_markup(labels.control_number(control))}</b>")
    canvas.text(34, y, [labels.escape_markup(line) for line in lines])


def _legend(canvas: Canvas, levels: Sequence[str]) -> None:
    named = [f"{i} {n}" for i, n in enumerate(levels[: len(palette.LEVELS)])]
    shown = named or [str(i) for i in range(len(palette.LEVELS))]
    items = [("rect", color, "", text) for color, text in zip(palette.LEVELS, shown, strict=False)]
    end = canvas.legend(0, 12, items)
    canvas.legend(end + 18, 12, [("circle", palette.BAD, "", "below required")])


def _rows(result: Result) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (
            control.control,
            str(i),
            c.title,
            _claimed(c),
            str(c.supported),
            str(c.effective),
            str(c.needed),
            "" if c.met else "below",
        )
        for control in result.controls
        for i, c in enumerate(control.criteria, start=1)
    )


def _alt(result: Result) -> str:
    if not result.controls:
        return "Heat map of the level by criterion; there are no criteria."
    total = sum(len(c.criteria) for c in result.controls)
    below = sum(not k.met for c in result.controls for k in c.criteria)
    low = labels.lowest_controls(result)
    names = labels.join_first([labels.control_label(c) for c in low])
    text = (
        f"Heat map of the effective level, 0 to 4, of {plural(total, 'criterion', 'criteria')} "
        f"in {plural(len(result.controls), 'control')}. {below} of {total} "
        f"{'is' if below == 1 else 'are'} below the required level. "
        f"Lowest: {names}, gauge {labels.format_gauge(low[0].gauge)}."
    )
    zero = [
        f"{labels.control_number(c)} {labels.single_line(k.title)}"
        for c in result.controls
        for k in c.criteria
        if k.effective == 0
    ]
    return f"{text} At level 0: {labels.join_first(zero)}." if zero else text
