"""The command line: the only room that prints."""

# The commands register on `main` when their modules are imported.
from calib.cli import (
    assessing,
    carrying,
    comparing,
    editing,
    making,
    portfolio,
    reading,
    sealing,
    workshop,
)
from calib.cli.main import main

__all__ = [
    "assessing", "carrying", "comparing", "editing", "main", "making", "portfolio", "reading",
    "sealing", "workshop",
]  # fmt: skip
