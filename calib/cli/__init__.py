"""The command line: the only room that prints."""

# The commands register on `main` when their modules are imported.
from calib.cli import (
    assessing,
    carrying,
    comparing,
    editing,
    exchanging,
    exporting,
    making,
    minutes,
    portfolio,
    qualifying,
    reading,
    sealing,
    standards,
    workshop,
)
from calib.cli.main import main

__all__ = [
    "assessing",
    "carrying",
    "comparing",
    "editing",
    "exchanging",
    "exporting",
    "main",
    "making",
    "minutes",
    "portfolio",
    "qualifying",
    "reading",
    "sealing",
    "standards",
    "workshop",
]
