"""Result -> the report's sections, in the order they are read."""

from calib.views.sections.back import evidence, method
from calib.views.sections.best import best_four
from calib.views.sections.control import control
from calib.views.sections.front import Brand, cover
from calib.views.sections.middle import case_studies, improvement_plan
from calib.views.sections.minutes import minutes
from calib.views.sections.responses import responses
from calib.views.sections.summary import maturity, summary
from calib.views.sections.workshop import workshop

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
