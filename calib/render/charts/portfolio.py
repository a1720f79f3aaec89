"""Many partners in pictures: how they stand, their levels, and what most of them lack."""

from __future__ import annotations

from collections.abc import Sequence

from calib.model import Readiness
from calib.portfolio import CommonGap, PartnerRow, Portfolio
from calib.render import palette
from calib.render.charts import labels
from calib.render.charts.canvas import SIZE, SMALL, WIDTH, Canvas, Chart, text_color_on

_LEFT, _TOP, _ROW, _TALL = 202, 34, 34, 44
_BANDS = 8
_WIDE = 0.5
"""How much of the gauge a band holds; the last holds the 4 as well."""
MOST_GAPS = 15
_ORDER = (Readiness.READY, Readiness.CLOSE, Readiness.NOT_READY)


def readiness_by_gauge(portfolio: Portfolio, *, accent: str = palette.ACCENT) -> Chart:
    """Draw how many assessments have which overall gauge, by their readiness."""
    counts = [[0] * len(_ORDER) for _ in range(_BANDS)]
    for row in portfolio.rows:
        counts[_band(row)][_ORDER.index(row.readiness)] += 1
    shown = list(reversed(range(_BANDS)))
    canvas = Canvas(_TOP + _ROW * _BANDS + 6)
    fills = (accent, palette.TINTS["warn"], palette.TINTS["bad"])
    lines = (accent, palette.WARN, palette.BAD)
    most = max((sum(c) for c in counts), default=0) or 1
    _stacked(canvas, [counts[b] for b in shown], fills, lines, most, 92, 60)
    for place, band in enumerate(shown):
        y = _TOP + _ROW * (place + 0.5)
        canvas.text(80, y, _span(band), anchor="right")
        total = sum(counts[band])
        if total:
            x = 92 + (WIDTH - 92 - 60) * total / most
            canvas.text(x + 8, y, f"<b>{total}</b>")
    names = [palette.READINESS_WORDS[k].lower() for k in _ORDER]
    canvas.key(92, 12, [("rect", f, e, n) for f, e, n in zip(fills, lines, names, strict=True)])
    canvas.text(80, 12, "gauge", size=SMALL, color=palette.MUTED, anchor="right")
    rows = tuple((_span(b), *map(str, counts[b]), str(sum(counts[b]))) for b in shown)
    return Chart(
        "portfolio-standing",
        "Assessments by gauge and readiness",
        _standing_alt(portfolio),
        canvas.figure(),
        ("Gauge", *(n.capitalize() for n in names), "All"),
        rows,
        canvas.width,
        canvas.height,
    )


def _band(row: PartnerRow) -> int:
    return min(int(row.gauge / _WIDE + 1e-9), _BANDS - 1)


def _span(band: int) -> str:
    last = 4.0 if band == _BANDS - 1 else (band + 1) * _WIDE - 0.1
    return f"{band * _WIDE:.1f} to {last:.1f}"


def _standing_alt(portfolio: Portfolio) -> str:
    found = portfolio.standing()
    total = len(portfolio.rows)
    gauges = sorted(r.gauge for r in portfolio.rows)
    middle = f" The middle one has a gauge of {gauges[total // 2]:.1f}." if gauges else ""
    return (
        f"Bars of {labels.plural(total, 'assessment')} by their gauge: {found[Readiness.READY]} "
        f"ready, {found[Readiness.CLOSE]} close, {found[Readiness.NOT_READY]} not ready.{middle}"
    )


def _stacked(
    canvas: Canvas,
    rows: Sequence[Sequence[float]],
    fills: Sequence[str],
    lines: Sequence[str],
    most: float,
    left: float,
    right: float,
    tall: float = _ROW,
) -> None:
    """Draw one bar per row, its parts one after the other."""
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
    """Draw for every control which share of all criteria stands at which level."""
    del accent
    counts = [portfolio.levels_of(control) for control, _ in portfolio.controls]
    shares = [[100 * n / (sum(row) or 1) for n in row] for row in counts]
    canvas = Canvas(_TOP + _TALL * len(counts) + 6)
    _stacked(canvas, shares, palette.LEVELS, [palette.PAPER] * 5, 100, _LEFT, 2, _TALL)
    for place, control, title in portfolio.places():
        draw_row_label(canvas, control, title, _TOP + _TALL * (place + 0.5))
    parts = [
        (sum(row[:n]) + row[n] / 2, place, f"{row[n]:.0f}", palette.ON_LEVELS[n])
        for place, row in enumerate(shares)
        for n in range(5)
        if row[n] >= 5
    ]
    canvas.labels(
        [p[0] for p in parts],
        [p[1] for p in parts],
        [p[2] for p in parts],
        [p[3] for p in parts],
        SMALL,
    )
    named = [f"{n} {name}" for n, name in enumerate(levels[:5])] or [str(n) for n in range(5)]
    keys = [("rect", c, "", n) for c, n in zip(palette.LEVELS, named, strict=True)]
    canvas.key(0, 12, keys)
    rows = tuple((control, title, *map(str, counts[n])) for n, control, title in portfolio.places())
    return Chart(
        "portfolio-levels",
        "Levels of all criteria, in per cent",
        _levels_alt(portfolio, shares),
        canvas.figure(),
        ("Control", "Title", *(f"Level {n}" for n in range(5))),
        rows,
        canvas.width,
        canvas.height,
    )


def _levels_alt(portfolio: Portfolio, shares: Sequence[Sequence[float]]) -> str:
    said = [
        f"{control_id_number(control)} {share[3] + share[4]:.0f} per cent"
        for (control, _), share in zip(portfolio.controls, shares, strict=True)
    ]
    return (
        "Bars of the levels of all criteria, by control. At level 3 or 4 stand: "
        f"{labels.listed(said, 12)}."
    )


def draw_row_label(
    canvas: Canvas, control: str, title: str, y: float, room: float = _LEFT - 12
) -> None:
    """Write what a row is about, with the last part of its control's id before it."""
    start = 34 if control else 0
    if control:
        canvas.text(0, y, f"<b>{labels.escape_markup(control_id_number(control))}</b>")
    lines = labels.wrap(labels.short_title(title), room - start, SIZE, 2)
    canvas.text(start, y, [labels.escape_markup(line) for line in lines])


def control_id_number(control: str) -> str:
    """Return the last part of a control's id."""
    return control.rpartition("-")[2]


def common_gaps(portfolio: Portfolio, *, accent: str = palette.ACCENT) -> Chart | None:
    """Draw what most assessments lack; None where nothing is open."""
    gaps = portfolio.common_gaps()[:MOST_GAPS]
    if not gaps:
        return None
    total = len(portfolio.rows)
    canvas = Canvas(_TOP + _ROW * len(gaps) + 6)
    left, right = 236, 96
    _stacked(canvas, [[g.count] for g in gaps], [accent], [accent], total, left, right)
    for place, gap in enumerate(gaps):
        y = _TOP + _ROW * (place + 0.5)
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
        f"open at so many of {labels.plural(total, 'assessment')}",
        size=SMALL,
        color=palette.MUTED,
    )
    rows = tuple((g.asked.control or "-", g.asked.title, str(g.count), _some(g)) for g in gaps)
    return Chart(
        "portfolio-gaps",
        "What is open most often",
        _gaps_alt(gaps, total),
        canvas.figure(),
        ("Control", "Criterion", "Open at", "Partners"),
        rows,
        canvas.width,
        canvas.height,
    )


def _some(gap: CommonGap) -> str:
    return labels.listed([labels.single_line(p) for p in gap.partners], 6)


def _gaps_alt(gaps: Sequence[CommonGap], total: int) -> str:
    said = [
        f"{control_id_number(g.asked.control)} {g.asked.title} ({g.count})".strip() for g in gaps
    ]
    return (
        f"Bars of what is open most often in {labels.plural(total, 'assessment')}: "
        f"{labels.listed(said, 5)}."
    )
