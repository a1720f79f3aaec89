"""The catalog and the result as OSCAL, for the tools of auditors: out only, never in."""

from calib.exchange.oscal.catalog import write_catalog
from calib.exchange.oscal.check import flaws
from calib.exchange.oscal.results import write_results

__all__ = ["flaws", "write_catalog", "write_results"]
