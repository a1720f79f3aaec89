"""The command line: the only room that prints."""

# The commands register on `main` when their modules are imported.
from calib.cli import assessing, editing, exchanging, making, reading, workshop
from calib.cli.main import main

__all__ = ["assessing", "editing", "exchanging", "main", "making", "reading", "workshop"]
