"""An assessment folder <-> Assessment."""

from calib.store.create import create_assessment
from calib.store.folder import load_assessment

__all__ = ["create_assessment", "load_assessment"]
