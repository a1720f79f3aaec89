"""Export the catalog and the result as OSCAL 1.2.1 JSON; import is not supported."""

from calib.exchange.oscal.catalog import write_oscal_catalog
from calib.exchange.oscal.check import find_oscal_flaws
from calib.exchange.oscal.results import write_oscal_results

__all__ = ["find_oscal_flaws", "write_oscal_catalog", "write_oscal_results"]
