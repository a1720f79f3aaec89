"""Heat map of the gauge of each control, with a row per partner or per group of partners."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from calib.portfolio import PartnerRow, Portfolio
from calib.render import palette
from calib.render.charts import labels
from calib.render.charts.canvas import SIZE, SMALL, WIDTH, Canvas, Chart
from calib.render.charts.heat_map import flat_colorscale
from calib.render.charts.portfolio import control_id_number
from calib.text import plural

MAX_ROWS = 40
"""Number of rows; more partners than this are grouped."""
_LEFT, _TOP, _ROW = 214, 58, 24


class PartnerBand(NamedTuple):
    """Represent a row: one partner, or a group of neighbours by gauge."""

    name: str
    gauge: float
    gauges: tuple[float, ...]
    gates_met: tuple[float, ...]
    """The share of the partners whose gate is met, per control."""


def group_partners(portfolio: Portfolio) -> list[PartnerBand]:
    """Order partners by gauge, highest first; beyond MAX_ROWS, group neighbours."""
    ordered = sorted(
        zip(portfolio.names, portfolio.rows, strict=True),
        key=lambda item: (-item[1].gauge, item[1].partner.casefold(), item[1].folder),
    )
    if len(ordered) <= MAX_ROWS:
        return [_band(labels.single_line(name), [r]) for name, r in ordered]
    rows = [r for _, r in ordered]
    edges = [round(n * len(rows) / MAX_ROWS) for n in range(MAX_ROWS + 1)]
    return [
        _band(f"{a + 1} to {b}" if b > a + 1 else str(b), rows[a:b]) for a, b in pairwise(edges)
    ]


def _band(name: str, rows: Sequence[PartnerRow]) -> PartnerBand:
    """Combine neighbours by the median of their gauges."""
    return PartnerBand(
        name,
        _round_to_tenth(median(r.gauge for r in rows)),
        tuple(_round_to_tenth(median(g)) for g in zip(*(r.gauges for r in rows), strict=True)),
        tuple(sum(g) / len(rows) for g in zip(*(r.gates for r in rows), strict=True)),
    )


def _round_to_tenth(value: float) -> float:
    # Half up as in scoring; the small addend offsets binary fractions such as 2.25 * 10.
    return int(value * 10 + 0.5 + 1e-9) / 10


def partners_heat_map(
    portfolio: Portfolio, *, levels: Sequence[str] = (), accent: str = palette.ACCENT
) -> Chart:
    """Draw the gauge of each control for each partner; a dot marks a gate that is not met.

    Beyond MAX_ROWS, a row shows the median of neighbours by gauge, with a dot where less than half
    of them meet the gate. The accent is ignored, since levels have fixed colours.
    """
    del accent, levels
    shown = group_partners(portfolio)
    canvas = Canvas(_TOP + _ROW * len(shown) + 8)
    _cells(canvas, shown, len(portfolio.controls))
    _labels(canvas, portfolio, shown)
    ranges = [f"{n} to {n}.9" for n in range(4)] + ["4"]
    end = canvas.legend(
        0, 12, [("rect", c, "", k) for c, k in zip(palette.LEVELS, ranges, strict=True)]
    )
    many = len(portfolio.rows) > MAX_ROWS
    dot = "gate met by less than half" if many else "gate not met"
    canvas.legend(end + 18, 12, [("circle", palette.BAD, "", dot)])
    columns = ("Partners" if many else "Partner", "Overall", *(c for c, _ in portfolio.controls))
    rows = tuple((b.name, f"{b.gauge:.1f}", *(f"{g:.1f}" for g in b.gauges)) for b in shown)
    return Chart(
        "portfolio-partners",
        _title(portfolio),
        _alt(portfolio),
        canvas.figure(),
        columns,
        rows,
        canvas.width,
        canvas.height,
    )


def _title(portfolio: Portfolio) -> str:
    if len(portfolio.rows) <= MAX_ROWS:
        return "Gauge by control and partner"
    return f"Gauge by control, {len(portfolio.rows)} partners in groups, highest first"


def _cells(canvas: Canvas, shown: Sequence[PartnerBand], count: int) -> None:
    height = len(shown)
    box = (_LEFT, _TOP, WIDTH, _TOP + _ROW * height)
    canvas.axis_pair(box, (-0.5, count + 0.5), (height - 0.5, -0.5))
    grid = [[b.gauge, *b.gauges] for b in shown]
    canvas.data.append(
        {
            "type": "heatmap",
            "x": list(range(count + 1)),
            "y": list(range(height)),
            "z": [[int(v) for v in row] for row in grid],
            "hoverinfo": "skip",
            "zmin": -0.5,
            "zmax": 4.5,
            "colorscale": flat_colorscale(palette.LEVELS),
            "showscale": False,
            "xgap": 3,
            "ygap": 3,
        }
    )
    spots = [(x, y, v) for y, row in enumerate(grid) for x, v in enumerate(row)]
    canvas.labels(
        [x for x, _, _ in spots],
        [y for _, y, _ in spots],
        [f"<b>{v:.1f}</b>" if x == 0 else f"{v:.1f}" for x, _, v in spots],
        [palette.ON_LEVELS[int(v)] for _, _, v in spots],
        SMALL,
    )
    below = [(x, y) for y, b in enumerate(shown) for x, h in enumerate(b.gates_met, 1) if h < 0.5]
    canvas.data.append(
        {
            "type": "scatter",
            "mode": "markers",
            "x": [x + 0.36 for x, _ in below],
            "y": [y - 0.2 for _, y in below],
            "marker": {
                "size": 6,
                "color": palette.BAD,
                "line": {"color": palette.PAPER, "width": 1},
            },
            "hoverinfo": "skip",
            "showlegend": False,
            "cliponaxis": False,
        }
    )


def _labels(canvas: Canvas, portfolio: Portfolio, shown: Sequence[PartnerBand]) -> None:
    step = (WIDTH - _LEFT) / (len(portfolio.controls) + 1)
    for n, name in enumerate(("overall", *(control_id_number(c) for c, _ in portfolio.controls))):
        canvas.text(
            _LEFT + step * (n + 0.5),
            _TOP - 11,
            labels.escape_markup(name),
            size=SMALL,
            color=palette.MUTED,
            anchor="center",
        )
    for position, band in enumerate(shown):
        line = labels.wrap(band.name, _LEFT - 14, SIZE, 1)
        text = labels.escape_markup(line[0]) if line else ""
        canvas.text(_LEFT - 12, _TOP + _ROW * (position + 0.5), text, anchor="right")


def _alt(portfolio: Portfolio) -> str:
    count = len(portfolio.rows)
    if not count:
        return "Heat map of the gauge by control; there are no assessments."
    means = [
        (
            sum(r.gauges[n] for r in portfolio.rows) / count,
            f"{control_id_number(control)} {labels.short_title(title)}",
        )
        for n, control, title in portfolio.numbered_controls()
    ]
    low, high = min(means), max(means)
    return (
        f"Heat map of the gauge, 0 to 4, of {plural(len(means), 'control')} for "
        f"{plural(count, 'assessment')}. Lowest mean: {low[1]} at {low[0]:.1f}; "
        f"highest mean: {high[1]} at {high[0]:.1f}."
    )
