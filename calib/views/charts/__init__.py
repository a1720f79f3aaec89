"""Result -> charts: plain plotly JSON, what it shows in words, and the table behind it."""

from calib.views.charts.bars import gap_bars
from calib.views.charts.canvas import Chart, Figure, figure
from calib.views.charts.change import before_and_now
from calib.views.charts.coverage import case_study_coverage
from calib.views.charts.heat import criteria_heat_map
from calib.views.charts.radar import maturity_radar
from calib.views.charts.trend import trend

__all__ = [
    "Chart",
    "Figure",
    "before_and_now",
    "case_study_coverage",
    "criteria_heat_map",
    "figure",
    "gap_bars",
    "maturity_radar",
    "trend",
]
