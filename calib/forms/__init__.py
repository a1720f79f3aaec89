"""The forms people fill in: widgets over the desk, which alone speaks to the store."""

from calib.forms.controller import Desk
from calib.forms.form import Form

__all__ = ["Desk", "Form"]
