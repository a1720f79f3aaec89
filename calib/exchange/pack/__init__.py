"""The evidence pack: what a validator asks to see, in one zip that can be checked."""

from calib.exchange.pack.select_evidence import PackSelection, select_evidence
from calib.exchange.pack.write import write_pack

__all__ = ["PackSelection", "select_evidence", "write_pack"]
