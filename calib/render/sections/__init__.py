"""The sections of the report, the portfolio and the minutes, built from results."""

from calib.render.brand import Brand
from calib.render.sections.best_four import best_four
from calib.render.sections.case_studies import case_studies
from calib.render.sections.control import control
from calib.render.sections.cover import cover
from calib.render.sections.evidence import evidence
from calib.render.sections.improvement_plan import improvement_plan
from calib.render.sections.method import method
from calib.render.sections.minutes import minutes
from calib.render.sections.responses import responses
from calib.render.sections.summary import maturity, summary
from calib.render.sections.workshop import workshop

__all__ = [
    "Brand",
    "best_four",
    "case_studies",
    "control",
    "cover",
    "evidence",
    "improvement_plan",
    "maturity",
    "method",
    "minutes",
    "responses",
    "summary",
    "workshop",
]
