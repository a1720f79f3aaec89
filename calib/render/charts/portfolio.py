"""Portfolio charts: readiness by gauge, levels by control, and common gaps."""

from __future__ import annotations

from collections.abc import Sequence

from calib.model import Readiness
from calib.portfolio import CommonGap, PartnerRow, Portfolio
from calib.render import palette, tones
from calib.render.charts import labels
from calib.render.charts.canvas import SIZE, SMALL, WIDTH, Canvas, Chart, text_color_on
from calib.text import plural

_LEFT, _TOP, _ROW, _TALL_ROW = 202, 34, 34, 44
_BANDS = 8
_BAND_WIDTH = 0.5
"""Gauge range of a band; the last band includes 4.0."""
MAX_GAPS = 15
_ORDER = (Readiness.READY, Readiness.CLOSE, Readiness.NOT_READY)


def readiness_by_gauge(portfolio: Portfolio, *, accent: str = palette.ACCENT) -> Chart:
    """Draw the number of assessments by overall gauge and readiness."""
    counts = [[0] * len(_ORDER) for _ in range(_BANDS)]
    for row in portfolio.rows:
        counts[_band(row)][_ORDER.index(row.readiness)] += 1
    shown = list(reversed(range(_BANDS)))
    canvas = Canvas(_TOP + _ROW * _BANDS + 6)
    fills = (accent, palette.TINTS["warn"], palette.TINTS["bad"])
    lines = (accent, palette.WARN, palette.BAD)
    most = max((sum(c) for c in counts), default=0) or 1
    _stacked_bars(canvas, [counts[b] for b in shown], fills, lines, most, 92, 60)
    for position, band in enumerate(shown):
        y = _TOP + _ROW * (position + 0.5)
        canvas.text(80, y, _band_label(band), anchor="right")
        total = sum(counts[band])
        if total:
            x = 92 + (WIDTH - 92 - 60) * total / most
            canvas.text(x + 8, y, f"<b>{total}</b>")
    names = [tones.READINESS_WORDS[k].lower() for k in _ORDER]
    canvas.legend(92, 12, [("rect", f, e, n) for f, e, n in zip(fills, lines, names, strict=True)])
    canvas.text(80, 12, "gauge", size=SMALL, color=palette.MUTED, anchor="right")
    rows = tuple((_band_label(b), *map(str, counts[b]), str(sum(counts[b]))) for b in shown)
    return Chart(
        "portfolio-standing",
        "Assessments by gauge and readiness",
        _readiness_alt(portfolio),
        canvas.figure(),
        ("Gauge", *(n.capitalize() for n in names), "All"),
        rows,
        canvas.width,
        canvas.height,
    )


def _band(row: PartnerRow) -> int:
    # The small addend keeps a gauge on a limit in the upper band despite binary fractions.
    return min(int(row.gauge / _BAND_WIDTH + 1e-9), _BANDS - 1)


def _band_label(band: int) -> str:
    last = 4.0 if band == _BANDS - 1 else (band + 1) * _BAND_WIDTH - 0.1
    return f"{band * _BAND_WIDTH:.1f} to {last:.1f}"


def _readiness_alt(portfolio: Portfolio) -> str:
    found = portfolio.count_by_readiness()
    total = len(portfolio.rows)
    gauges = sorted(r.gauge for r in portfolio.rows)
    median = f" The median gauge is {gauges[total // 2]:.1f}." if gauges else ""
    return (
        f"Bar chart of {plural(total, 'assessment')} by gauge: {found[Readiness.READY]} "
        f"ready, {found[Readiness.CLOSE]} close, {found[Readiness.NOT_READY]} not ready.{median}"
    )


def _stacked_bars(
    canvas: Canvas,
    rows: Sequence[Sequence[float]],
    fills: Sequence[str],
    lines: Sequence[str],
    most: float,
    left: float,
    right: float,
    tall: float = _ROW,
) -> None:
    """Draw a stacked bar per row."""
    height = len(rows)
    box = (left, _TOP, WIDTH - right, _TOP + tall * height)
    canvas.axis_pair(box, (0, most), (height - 0.5, -0.5))
    for part, (fill, line) in enumerate(zip(fills, lines, strict=True)):
        canvas.data.append(
            {
                "type": "bar",
                "orientation": "h",
                "width": 0.62,
                "x": [r[part] or None for r in rows],
                "y": list(range(height)),
                "hoverinfo": "skip",
                "showlegend": False,
                "marker": {"color": fill, "line": {"color": line, "width": 1}},
            }
        )
    canvas.axes["barmode"] = "stack"


def level_shares(
    portfolio: Portfolio, *, levels: Sequence[str] = (), accent: str = palette.ACCENT
) -> Chart:
    """Draw the share of criteria at each level for each control."""
    del accent
    counts = [portfolio.count_levels(control) for control, _ in portfolio.controls]
    shares = [[100 * n / (sum(row) or 1) for n in row] for row in counts]
    canvas = Canvas(_TOP + _TALL_ROW * len(counts) + 6)
    _stacked_bars(canvas, shares, palette.LEVELS, [palette.PAPER] * 5, 100, _LEFT, 2, _TALL_ROW)
    for position, control, title in portfolio.numbered_controls():
        draw_row_label(canvas, control, title, _TOP + _TALL_ROW * (position + 0.5))
    parts = [
        (sum(row[:n]) + row[n] / 2, position, f"{row[n]:.0f}", palette.ON_LEVELS[n])
        for position, row in enumerate(shares)
        for n in range(5)
        if row[n] >= 5  # a narrower part has no room for its number
    ]
    canvas.labels(
        [p[0] for p in parts],
        [p[1] for p in parts],
        [p[2] for p in parts],
        [p[3] for p in parts],
        SMALL,
    )
    level_labels = [f"{n} {name}" for n, name in enumerate(levels[:5])] or [
        str(n) for n in range(5)
    ]
    keys = [("rect", c, "", n) for c, n in zip(palette.LEVELS, level_labels, strict=True)]
    canvas.legend(0, 12, keys)
    rows = tuple(
        (control, title, *map(str, counts[n]))
        for n, control, title in portfolio.numbered_controls()
    )
    return Chart(
        "portfolio-levels",
        "Criteria by level, in per cent",
        _levels_alt(portfolio, shares),
        canvas.figure(),
        ("Control", "Title", *(f"Level {n}" for n in range(5))),
        rows,
        canvas.width,
        canvas.height,
    )


def _levels_alt(portfolio: Portfolio, shares: Sequence[Sequence[float]]) -> str:
    shown = [
        f"{control_id_number(control)} {share[3] + share[4]:.0f} per cent"
        for (control, _), share in zip(portfolio.controls, shares, strict=True)
    ]
    return (
        "Bar chart of the criteria by level for each control. Share at level 3 or 4: "
        f"{labels.join_first(shown, 12)}."
    )


def draw_row_label(
    canvas: Canvas, control: str, title: str, y: float, room: float = _LEFT - 12
) -> None:
    """Draw the label of a row, preceded by the number of its control."""
    start = 34 if control else 0
    if control:
        canvas.text(0, y, f"<b>{labels.escape_markup(control_id_number(control))}</b>")
    lines = labels.wrap(labels.short_title(title), room - start, SIZE, 2)
    canvas.text(start, y, [labels.escape_markup(line) for line in lines])


def control_id_number(control: str) -> str:
    """Return the number at the end of a control's id."""
    return control.rpartition("-")[2]


def common_gaps(portfolio: Portfolio, *, accent: str = palette.ACCENT) -> Chart | None:
    """Draw the most frequent gaps; None where there are none."""
    gaps = portfolio.common_gaps()[:MAX_GAPS]
    if not gaps:
        return None
    total = len(portfolio.rows)
    canvas = Canvas(_TOP + _ROW * len(gaps) + 6)
    left, right = 236, 96
    _stacked_bars(canvas, [[g.count] for g in gaps], [accent], [accent], total, left, right)
    for position, gap in enumerate(gaps):
        y = _TOP + _ROW * (position + 0.5)
        draw_row_label(canvas, gap.asked.control, gap.asked.title, y, left - 12)
        share = gap.count / total
        x = left + (WIDTH - left - right) * share
        inside = share > 0.75
        canvas.text(
            x - 8 if inside else x + 8,
            y,
            f"<b>{gap.count}</b> ({100 * share:.0f} %)",
            anchor="right" if inside else "left",
            color=text_color_on(accent) if inside else palette.INK,
        )
    canvas.text(
        left,
        12,
        f"assessments with this gap, of {total}",
        size=SMALL,
        color=palette.MUTED,
    )
    rows = tuple(
        (g.asked.control or "-", g.asked.title, str(g.count), _partner_names(g)) for g in gaps
    )
    return Chart(
        "portfolio-gaps",
        "Most frequent gaps",
        _gaps_alt(gaps, total),
        canvas.figure(),
        ("Control", "Gap", "Assessments", "Partners"),
        rows,
        canvas.width,
        canvas.height,
    )


def _partner_names(gap: CommonGap) -> str:
    return labels.join_first([labels.single_line(p) for p in gap.partners], 6)


def _gaps_alt(gaps: Sequence[CommonGap], total: int) -> str:
    shown = [
        f"{control_id_number(g.asked.control)} {g.asked.title} ({g.count})".strip() for g in gaps
    ]
    return (
        f"Bar chart of the most frequent gaps in {plural(total, 'assessment')}: "
        f"{labels.join_first(shown, 5)}."
    )
