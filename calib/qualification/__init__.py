"""Case studies -> findings, the best four, and the least that would mend the set."""

from calib.qualification.best import advised
from calib.qualification.judge import qualify, qualify_assessment
from calib.qualification.repair import repairs

__all__ = ["advised", "qualify", "qualify_assessment", "repairs"]
