"""`calib minutes`: the record of a workshop, to hand over and to sign."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import click

from calib.cli.main import FOLDER, Exit, guarded, leave, main, say
from calib.cli.making import progress
from calib.problems import BadInput, Problem

_OPTIONS = {"report_date": "--date", "brand_accent": "--brand-accent"}
