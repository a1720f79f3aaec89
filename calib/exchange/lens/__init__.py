"""The catalog as a custom lens of the AWS Well-Architected Tool: questions only, no answers.

The limits are those of AWS's lens format specification; where the service's API is tighter, its.
"""

from calib.exchange.lens.answers import write_answers
from calib.exchange.lens.check import Flaw, flaws, read_lens
from calib.exchange.lens.make import make_lens, write_lens

__all__ = ["Flaw", "flaws", "make_lens", "read_lens", "write_answers", "write_lens"]
