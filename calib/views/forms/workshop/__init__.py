"""The facilitator's form: prepare, vote, reveal, settle, go on; everything is in the folder."""

from calib.views.forms.workshop.layout import build_workshop
from calib.views.forms.workshop.meeting import Meeting
from calib.views.forms.workshop.picture import Room

__all__ = ["Meeting", "Room", "build_workshop"]
