"""The catalog as a custom lens of the AWS Well-Architected Tool: questions only, no answers.

The limits are those of AWS's lens format specification; where the service's API is tighter, its.
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
