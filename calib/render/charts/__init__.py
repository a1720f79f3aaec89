"""Charts of a result: plotly JSON, text alternative and data table."""

from calib.render.charts.canvas import Chart, PlotlyFigure, plotly_figure
from calib.render.charts.case_study_coverage import case_study_coverage
from calib.render.charts.gap_bars import gap_bars
from calib.render.charts.heat_map import criteria_heat_map
from calib.render.charts.radar import maturity_radar
from calib.render.charts.trend import trend
from calib.render.charts.workshop_change import workshop_change

__all__ = [
    "Chart",
    "PlotlyFigure",
    "case_study_coverage",
    "criteria_heat_map",
    "gap_bars",
    "maturity_radar",
    "plotly_figure",
    "trend",
    "workshop_change",
]
