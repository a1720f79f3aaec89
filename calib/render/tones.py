"""The tone and the word for each outcome, readiness and verdict, the same in every view."""

from __future__ import annotations

from calib.model import Outcome, Readiness, Verdict

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
