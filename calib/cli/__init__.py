"""The command line: the only room that prints."""

from calib.cli.main import main

__all__ = ["main"]
