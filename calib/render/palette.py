"""The colour palette of notebooks, report and charts.

Text on white and white on tones reach WCAG AA contrast (4.5:1). A tone always comes with a word.
Levels use one hue from light to dark, which stays readable in greyscale and with colour blindness.
"""

from __future__ import annotations

from calib.model import Outcome, Readiness, Verdict

INK = "#1b2430"
MUTED = "#566171"
LINE = "#d5dbe3"
TINT = "#f4f6f9"
PAPER = "#ffffff"
ACCENT = "#0b5394"
"""The default accent; a consultant's brand colour replaces it."""

GOOD = "#1a6f43"
WARN = "#8f5400"
BAD = "#a3231b"
INFO = "#3d5a80"
TONES = {"good": GOOD, "warn": WARN, "bad": BAD, "info": INFO, "muted": MUTED}
TINTS = {
    "good": "#e6f4ec",
    "warn": "#fdf1dd",
    "bad": "#fbe9e7",
    "info": "#e8eef6",
    "muted": "#eef1f5",
}

LEVELS = ("#edf0f4", "#c9d8ea", "#93b5d9", "#3f73a8", "#1b4a7d")
"""The fill colours of levels 0 to 4."""
ON_LEVELS = (INK, INK, INK, PAPER, PAPER)
"""The text colour on each fill."""

FONT = "'Source Sans 3', 'Segoe UI', system-ui, -apple-system, 'Helvetica Neue', Arial, sans-serif"

OUTCOME_TONES = {
    Outcome.MET: "good",
    Outcome.ADVICE: "info",
    Outcome.PARTLY: "warn",
    Outcome.GAP: "bad",
    Outcome.NOT_APPLICABLE: "muted",
}
OUTCOME_WORDS = {
    Outcome.MET: "met",
    Outcome.ADVICE: "advice",
    Outcome.PARTLY: "partly",
    Outcome.GAP: "gap",
    Outcome.NOT_APPLICABLE: "not applicable",
}
READINESS_TONES = {Readiness.READY: "good", Readiness.CLOSE: "warn", Readiness.NOT_READY: "bad"}
READINESS_WORDS = {
    Readiness.READY: "Ready",
    Readiness.CLOSE: "Close",
    Readiness.NOT_READY: "Not ready",
}
VERDICT_TONES = {Verdict.YES: "good", Verdict.PARTLY: "warn", Verdict.NO: "bad"}
