"""The colour palette of notebooks, report and charts.

Text on white and white on tones reach WCAG AA contrast (4.5:1). A tone always comes with a word.
Levels use one hue from light to dark, which stays readable in greyscale and with colour blindness.
"""

from __future__ import annotations

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


def css_variables(accent: str = ACCENT) -> str:
    """Return the palette as CSS custom properties."""
    pairs = {
        "ink": INK,
        "muted": MUTED,
        "line": LINE,
        "tint": TINT,
        "paper": PAPER,
        "accent": accent,
    }
    for tone, colour in TONES.items():
        pairs[tone] = colour
        pairs[f"{tone}-tint"] = TINTS[tone]
    for number, (fill, ink) in enumerate(zip(LEVELS, ON_LEVELS, strict=True)):
        pairs[f"l{number}"] = fill
        pairs[f"on-l{number}"] = ink
    rules = "".join(f"--{name}:{value};" for name, value in pairs.items())
    return f":root{{{rules}--font:{FONT};}}"
