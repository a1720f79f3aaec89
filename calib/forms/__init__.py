"""The notebook forms: widgets that read and edit an assessment through a `FormController`."""

from calib.forms.controller import FormController
from calib.forms.form import Form

__all__ = ["Form", "FormController"]
