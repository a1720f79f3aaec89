"""Case studies -> findings, and the least that would mend the set."""

from calib.qualification.judge import qualify, qualify_assessment
from calib.qualification.repair import repairs

__all__ = ["qualify", "qualify_assessment", "repairs"]
