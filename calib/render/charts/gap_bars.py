"""Bar chart of the criteria of each control: met, partly met, and gaps."""

from __future__ import annotations

from typing import NamedTuple

from calib.model import ControlResult, CriterionResult, Outcome, Result
from calib.render import palette
from calib.render.charts import labels
from calib.render.charts.canvas import SMALL, WIDTH, Canvas, Chart, text_color_on
from calib.render.charts.heat_map import draw_control_label
from calib.text import plural

_LEFT, _RIGHT, _TOP, _ROW = 202, 104, 34, 46
_COLUMNS = ("Control", "Title", "Criteria", "Met", "Partly", "Gap", "Gate")


class CriterionCounts(NamedTuple):
    """Count the criteria of a control by status."""

    met: int
    partly: int
    gap: int


def count_criteria(control: ControlResult) -> CriterionCounts:
    """Count the criteria of a control that are met, partly met, and gaps."""
    parts = [_part(c) for c in control.criteria]
    return CriterionCounts(*(parts.count(i) for i in range(3)))


def _part(criterion: CriterionResult) -> int:
    if criterion.met:
        return 0
    return 2 if criterion.outcome is Outcome.GAP else 1


def gap_bars(result: Result, *, accent: str = palette.ACCENT) -> Chart:
    """Draw the number of criteria met, partly met and missing for each control."""
    canvas = Canvas(_TOP + _ROW * len(result.controls) + 6)
    fills = (accent, palette.TINTS["warn"], palette.TINTS["bad"])
    inks = (text_color_on(accent), palette.WARN, palette.BAD)
    _bars(canvas, result, fills, inks)
    for row, control in enumerate(result.controls):
        y = _TOP + _ROW * (row + 0.5)
        draw_control_label(canvas, control, _LEFT - 12, y)
        status, color = _gate_status(control)
        canvas.text(WIDTH - _RIGHT + 12, y, status, size=SMALL, color=color)
    canvas.legend(
        _LEFT,
        12,
        [
            ("rect", accent, accent, "met"),
            ("rect", fills[1], palette.WARN, "partly met"),
            ("rect", fills[2], palette.BAD, "gap"),
        ],
    )
    rows = tuple(
        (
            c.control,
            c.title,
            str(len(c.criteria)),
            *map(str, count_criteria(c)),
            "met" if c.gate else "not met",
        )
        for c in result.controls
    )
    return Chart(
        "gap-bars",
        "Criteria met and open by control",
        _alt(result),
        canvas.figure(),
        _COLUMNS,
        rows,
        canvas.width,
        canvas.height,
    )


def _bars(
    canvas: Canvas, result: Result, fills: tuple[str, str, str], inks: tuple[str, str, str]
) -> None:
    height = len(result.controls)
    most = max((len(c.criteria) for c in result.controls), default=1)
    canvas.axis_pair(
        (_LEFT, _TOP, WIDTH - _RIGHT, _TOP + _ROW * height),
        (-0.02, most + 0.02),  # room for the outlines of the bars
        (height - 0.5, -0.5),
    )
    counts = [count_criteria(c) for c in result.controls]
    outlines = (fills[0], inks[1], inks[2])
    for part, (name, fill, line) in enumerate(
        zip(CriterionCounts._fields, fills, outlines, strict=True)
    ):
        canvas.data.append(
            {
                "type": "bar",
                "orientation": "h",
                "name": name,
                "width": 0.56,
                "x": [s[part] or None for s in counts],  # a bar of length 0 would show its outline
                "y": list(range(height)),
                "marker": {"color": fill, "line": {"color": line, "width": 1}},
                "hoverinfo": "text",
                "hovertext": [_hover(c, part) for c in result.controls],
                "showlegend": False,
            }
        )
    shown = [
        (sum(s[:part]) + s[part] / 2, row, f"<b>{s[part]}</b>", inks[part])
        for row, s in enumerate(counts)
        for part in range(3)
        if s[part]
    ]
    canvas.labels(
        [x for x, _, _, _ in shown],
        [y for _, y, _, _ in shown],
        [t for _, _, t, _ in shown],
        [ink for _, _, _, ink in shown],
    )
    canvas.axes["barmode"] = "stack"


def _hover(control: ControlResult, part: int) -> str:
    titles = [labels.escape_markup(c.title) for c in control.criteria if _part(c) == part]
    return "<br>".join([f"<b>{CriterionCounts._fields[part]}</b>", *titles])


def _gate_status(control: ControlResult) -> tuple[str, str]:
    if control.gate:
        return "<b>gate met</b>", palette.GOOD
    counts = count_criteria(control)
    missing = counts.partly + counts.gap
    if missing:
        return f"{missing} of {len(control.criteria)} open", palette.INK
    # A third-party service without a justification blocks a gate whose criteria are all met.
    return "criteria met,<br>gate not met", palette.INK


def _alt(result: Result) -> str:
    if not result.controls:
        return "Bar chart of criteria by control; there are no controls."
    counts = [count_criteria(c) for c in result.controls]
    met, partly, gap = (sum(s[i] for s in counts) for i in range(3))
    low = labels.lowest_controls(result)
    most = labels.lowest_controls(result, lambda c: -(len(c.criteria) - count_criteria(c).met))
    missing = len(most[0].criteria) - count_criteria(most[0]).met
    text = (
        f"Bar chart of the criteria of {plural(len(counts), 'control')}: {met} of "
        f"{met + partly + gap} met, {partly} partly met, {plural(gap, 'gap')}."
    )
    if missing:
        open_in = labels.join_first([labels.control_label(c) for c in most])
        text += f" Most open criteria: {open_in} ({missing})."
    names = labels.join_first([labels.control_label(c) for c in low])
    return f"{text} Lowest gauge: {names} at {labels.format_gauge(low[0].gauge)}."
