"""The command line: the only room that prints."""

# The commands register on `main` when their modules are imported.
from calib.cli import (
    assessing,
    editing,
    exporting,
    making,
    minutes,
    qualifying,
    reading,
    sealing,
    standards,
    workshop,
)
from calib.cli.main import main

__all__ = [
    "assessing",
    "editing",
    "exporting",
    "main",
    "making",
    "minutes",
    "qualifying",
    "reading",
    "sealing",
    "standards",
    "workshop",
]
