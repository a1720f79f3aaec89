"""The command line: the only room that prints."""

# The commands register on `main` when their modules are imported.
from calib.cli import assessing, batching, editing, making, reading, workshop
from calib.cli.main import main

__all__ = ["assessing", "batching", "editing", "main", "making", "reading", "workshop"]
