"""The command line: the only room that prints."""

# The commands register on `main` when their modules are imported.
from calib.cli import (
    assessing,
    batching,
    carrying,
    comparing,
    editing,
    exporting,
    making,
    minutes,
    portfolio,
    qualifying,
    reading,
    sealing,
    workshop,
)
from calib.cli.main import main

__all__ = [
    "assessing",
    "batching",
    "carrying",
    "comparing",
    "editing",
    "exporting",
    "main",
    "making",
    "minutes",
    "portfolio",
    "qualifying",
    "reading",
    "sealing",
    "workshop",
]
