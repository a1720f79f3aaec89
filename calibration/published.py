"""Hash the four-word sequences of AWS's calibration guide, to detect copies without the guide.

    python -m calibration.published GUIDE.txt

The guide's sentences are AWS's and must not be distributed; the hashes cannot be reversed.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

from calib.catalog.load import load_catalog
from calib.resources import resource_path
from calib.review.copied_text import hash_runs

_EXAMPLE = re.compile(r"^(?:Good Example|Unacceptable)", re.IGNORECASE)
_HEADING = re.compile(
    r"^(?:Requirement|Criteria for Passing|Why is this|How can you|Additional Resources)",
    re.IGNORECASE,
)


def hashes(guide: str, controls: list[str]) -> dict[str, dict[str, list[int]]]:
    """Hash the sequences of each control's examples (`copied`) and of the rest (`restated`)."""
    found: dict[str, dict[str, set[int]]] = {
        c: {"copied": set(), "restated": set()} for c in controls
    }
    current, kind = "", "restated"
    for line in guide.splitlines():
        control = next((c for c in controls if line.startswith(c) and not line[-1:].isdigit()), "")
        if control or line.startswith("Resources"):
            current, kind = control, "restated"
        elif _EXAMPLE.match(line):
            kind = "copied"
        elif _HEADING.match(line):
            kind = "restated"
        elif current:
            found[current][kind].update(hash_runs(line))
    return {c: {k: sorted(v) for k, v in kinds.items()} for c, kinds in found.items()}


if __name__ == "__main__":
    ids = [c.id for c in load_catalog().controls]
    made = hashes(Path(sys.argv[1]).read_text("utf-8"), ids)
    text = json.dumps(made, separators=(",", ":"), sort_keys=True) + "\n"
    resource_path("data", "review", "published.json").write_text(text, "utf-8")
