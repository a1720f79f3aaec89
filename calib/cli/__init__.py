"""The command line: the only room that prints."""

from calib.cli.root import main

__all__ = ["main"]
