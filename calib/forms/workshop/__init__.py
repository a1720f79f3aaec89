"""The facilitator's form of a workshop: prepare, vote, reveal, settle, close."""

from calib.forms.workshop.actions import WorkshopActions
from calib.forms.workshop.form import build_workshop
from calib.forms.workshop.snapshot import VotingUrls

__all__ = ["VotingUrls", "WorkshopActions", "build_workshop"]
