"""The facilitator's form: prepare, vote, reveal, settle, go on; everything is in the folder."""

from calib.forms.workshop.actions import Meeting
from calib.forms.workshop.form import build_workshop
from calib.forms.workshop.snapshot import Room

__all__ = ["Meeting", "Room", "build_workshop"]
