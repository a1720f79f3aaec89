"""The catalog and the result as OSCAL, for the tools of auditors: out only, never in."""

from calib.exchange.oscal.catalog import write_oscal_catalog
from calib.exchange.oscal.check import find_oscal_flaws
from calib.exchange.oscal.results import write_oscal_results

__all__ = ["find_oscal_flaws", "write_oscal_catalog", "write_oscal_results"]
