"""A finding as runs of text."""

from __future__ import annotations

from calib.model import Finding, Outcome
from calib.render.document import Run, Runs, badge, text
from calib.render.tones import OUTCOME_TONES, OUTCOME_WORDS


def finding_runs(finding: Finding) -> Runs:
    """Return a finding as outcome badge, message and remediation."""
    remedy = f" {finding.remediation}" if finding.remediation else ""
    word = badge(OUTCOME_WORDS[finding.outcome], OUTCOME_TONES[finding.outcome])
    if finding.outcome is Outcome.MET and finding.bounds is not None:
        word = badge(f"for level {finding.bounds + 1}", "muted")
    return text(word, f" {finding.message}", Run(remedy, "muted"))
