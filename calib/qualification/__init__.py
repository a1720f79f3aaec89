"""Case studies -> findings, the best four, and the least that would mend the set."""

from calib.qualification.actions import repairs
from calib.qualification.qualify import qualify, qualify_assessment
from calib.qualification.recommend import advised

__all__ = ["advised", "qualify", "qualify_assessment", "repairs"]
