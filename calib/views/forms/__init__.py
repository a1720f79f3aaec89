"""The forms people fill in: widgets over the desk, which alone speaks to the store."""

from calib.views.forms.desk import Desk
from calib.views.forms.live import Form

__all__ = ["Desk", "Form"]
