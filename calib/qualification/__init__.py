"""Judge case studies: findings, the best four, and the least work to make the set qualify."""

from calib.qualification.actions import find_least_actions
from calib.qualification.qualify import qualify, qualify_assessment
from calib.qualification.recommend import recommend

__all__ = ["find_least_actions", "qualify", "qualify_assessment", "recommend"]
