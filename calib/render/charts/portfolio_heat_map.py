"""The heat map of many partners: the gauge of every control, one row each or a band of them."""

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

MOST_ROWS = 40
"""So many partners have a row of their own; more of them share one."""
_LEFT, _TOP, _ROW = 214, 58, 24


class PartnerBand(NamedTuple):
    """Hold what one row of the picture shows."""

    name: str
    gauge: float
    gauges: tuple[float, ...]
    holding: tuple[float, ...]
    """Which share of the partners has the gate of each control."""


def group_partners(portfolio: Portfolio) -> list[PartnerBand]:
    """Order partners by their gauge, and put neighbours together where there are too many."""
    ordered = sorted(
        zip(portfolio.names, portfolio.rows, strict=True),
        key=lambda one: (-one[1].gauge, one[1].partner.casefold(), one[1].folder),
    )
    if len(ordered) <= MOST_ROWS:
        return [_band(labels.single_line(name), [r]) for name, r in ordered]
    rows = [r for _, r in ordered]
    edges = [round(n * len(rows) / MOST_ROWS) for n in range(MOST_ROWS + 1)]
    return [
        _band(f"{a + 1} to {b}" if b > a + 1 else str(b), rows[a:b]) for a, b in pairwise(edges)
    ]


def _band(name: str, rows: Sequence[PartnerRow]) -> PartnerBand:
    """Sum up neighbours: the median of their gauges."""
    return PartnerBand(
        name,
        _tenth(median(r.gauge for r in rows)),
        tuple(_tenth(median(g)) for g in zip(*(r.gauges for r in rows), strict=True)),
        tuple(sum(g) / len(rows) for g in zip(*(r.gates for r in rows), strict=True)),
    )


def _tenth(value: float) -> float:
    return int(value * 10 + 0.5 + 1e-9) / 10


def partners_heat_map(
    portfolio: Portfolio, *, levels: Sequence[str] = (), accent: str = palette.ACCENT
) -> Chart:
    """Draw the gauge of every control for every partner, with a dot where the gate does not hold.

    Beyond MOST_ROWS a row stands for neighbours by gauge: their median, and a dot where less than
    half of them have the gate. The accent is not used: levels keep their own colours.
    """
    del accent, levels
    shown = group_partners(portfolio)
    canvas = Canvas(_TOP + _ROW * len(shown) + 8)
    _cells(canvas, shown, len(portfolio.controls))
    _labels(canvas, portfolio, shown)
    keys = [f"{n} to {n}.9" for n in range(4)] + ["4"]
    end = canvas.key(0, 12, [("rect", c, "", k) for c, k in zip(palette.LEVELS, keys, strict=True)])
    many = len(portfolio.rows) > MOST_ROWS
    dot = "gate held by less than half" if many else "gate does not hold"
    canvas.key(end + 18, 12, [("circle", palette.BAD, "", dot)])
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
    if len(portfolio.rows) <= MOST_ROWS:
        return "Gauge of every control, partner by partner"
    return f"Gauge of every control, the highest of {len(portfolio.rows)} partners first"


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
    open_ = [(x, y) for y, b in enumerate(shown) for x, h in enumerate(b.holding, 1) if h < 0.5]
    canvas.data.append(
        {
            "type": "scatter",
            "mode": "markers",
            "x": [x + 0.36 for x, _ in open_],
            "y": [y - 0.2 for _, y in open_],
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
    for place, band in enumerate(shown):
        line = labels.wrap(band.name, _LEFT - 14, SIZE, 1)
        text = labels.escape_markup(line[0]) if line else ""
        canvas.text(_LEFT - 12, _TOP + _ROW * (place + 0.5), text, anchor="right")


def _alt(portfolio: Portfolio) -> str:
    count = len(portfolio.rows)
    if not count:
        return "Grid of the gauge of every control; there are no assessments."
    means = [
        (
            sum(r.gauges[n] for r in portfolio.rows) / count,
            f"{control_id_number(control)} {labels.short_title(title)}",
        )
        for n, control, title in portfolio.places()
    ]
    low, high = min(means), max(means)
    return (
        f"Grid of the gauge, 0 to 4, of {labels.plural(len(means), 'control')} for "
        f"{labels.plural(count, 'assessment')}. On average the lowest is {low[1]} at {low[0]:.1f}, "
        f"the highest {high[1]} at {high[0]:.1f}."
    )
