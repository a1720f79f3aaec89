"""The evidence pack: what a validator asks to see, in one zip that can be checked."""

from calib.exchange.pack.select import Selection, select
from calib.exchange.pack.write import write_pack

__all__ = ["Selection", "select", "write_pack"]
