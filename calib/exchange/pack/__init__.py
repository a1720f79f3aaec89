"""The evidence pack: report, responses and evidence for a validator in one zip with checksums."""

from calib.exchange.pack.select import PackSelection, select_evidence
from calib.exchange.pack.write import write_pack

__all__ = ["PackSelection", "select_evidence", "write_pack"]
