"""An assessment folder <-> Assessment."""

from calib.store.create import create_assessment
from calib.store.find import EXAMPLES, find_assessment
from calib.store.folder import load_assessment

__all__ = ["EXAMPLES", "create_assessment", "find_assessment", "load_assessment"]
