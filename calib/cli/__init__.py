"""The command line: the only room that prints."""

# The commands register on `main` when their modules are imported.
from calib.cli import assessing, editing, making, qualifying, reading, workshop
from calib.cli.main import main

__all__ = ["assessing", "editing", "main", "making", "qualifying", "reading", "workshop"]
