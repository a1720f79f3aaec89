"""Compare many assessments; `gather` reads and assesses them."""

from calib.portfolio.models import (
    CASE_STUDIES,
    CommonGap,
    PartnerRow,
    Portfolio,
    PotentialGap,
    UnreadableFolder,
)

__all__ = [
    "CASE_STUDIES",
    "CommonGap",
    "PartnerRow",
    "Portfolio",
    "PotentialGap",
    "UnreadableFolder",
]
