"""Many assessments side by side; `gather` reads and judges them."""

from calib.portfolio.models import STUDIES, Asked, CommonGap, Portfolio, Row, Unread

__all__ = ["STUDIES", "Asked", "CommonGap", "Portfolio", "Row", "Unread"]
