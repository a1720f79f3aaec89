"""Export the catalog as a custom lens of the AWS Well-Architected Tool, and answers to it.

The limits are those of the AWS lens format specification, or of the service API if it is stricter.
"""

from calib.exchange.lens.answers import write_lens_answers
from calib.exchange.lens.check import LensFlaw, find_lens_flaws, read_lens
from calib.exchange.lens.make import build_lens, write_lens

__all__ = [
    "LensFlaw",
    "build_lens",
    "find_lens_flaws",
    "read_lens",
    "write_lens",
    "write_lens_answers",
]
