"""Case studies -> findings, the best four, and the least that would mend the set."""

from calib.qualification.actions import find_least_actions
from calib.qualification.qualify import qualify, qualify_assessment
from calib.qualification.recommend import recommend

__all__ = ["recommend", "qualify", "qualify_assessment", "find_least_actions"]
