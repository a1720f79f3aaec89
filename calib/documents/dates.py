"""Find dates in texts; a date that can be read in two ways is kept as it is written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan", "february feb", "march mar", "april apr", "may", "june jun",
            "july jul", "august aug", "september sept sep", "october oct", "november nov",
            "december dec",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_MONTH = "(?:" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\b\.?"
_DATE = re.compile(
    rf"""\b(?:
        (?P<iso>(?:19|20)\d\d[-/.](?:0?[1-9]|1[0-2])[-/.](?:0?[1-9]|[12]\d|3[01]))(?!\d)
      | (?P<day>[0-3]?\d)(?:st|nd|rd|th)?[\s-]+(?:of\s+)?(?P<month>{_MONTH})
        [,\s-]+(?P<year>(?:19|20)\d\d)
      | (?P<us_month>{_MONTH})\s+(?P<us_day>[0-3]?\d)(?:st|nd|rd|th)?,?\s+(?P<us_year>(?:19|20)\d\d)
      | (?P<dotted>[0-3]?\d\.[01]?\d\.(?:19|20)\d\d)
      | (?P<slashed>[0-3]?\d/[0-3]?\d/(?:19|20)\d\d)
      | (?P<month_only>{_MONTH}\s+(?:19|20)\d\d)
    )\b""",
    re.IGNORECASE | re.VERBOSE,
)


def find_dates(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield the position of each date, its words, and YYYY-MM-DD where that is certain.

    `03/04/2026` is a day in March or in April, and `March 2026` has no day: both stay as written.
    """
    for match in _DATE.finditer(text):
        found = _parse(match)
        yield match.start(), match[0], found.isoformat() if found else match[0]


def _parse(match: re.Match[str]) -> date | None:
    try:
        if match["iso"]:
            year, month, day = map(int, re.split(r"[-/.]", match["iso"]))
        elif match["day"]:
            year, month, day = int(match["year"]), _month(match["month"]), int(match["day"])
        elif match["us_day"]:
            year, month, day = (
                int(match["us_year"]),
                _month(match["us_month"]),
                int(match["us_day"]),
            )
        elif match["dotted"]:
            day, month, year = map(int, match["dotted"].split("."))
        elif match["slashed"]:
            first, second, year = map(int, match["slashed"].split("/"))
            if first <= 12 and second <= 12 and first != second:
                return None
            day, month = (second, first) if second > 12 else (first, second)
        else:
            return None
        return date(year, month, day)
    except ValueError:
        return None


def _month(name: str) -> int:
    return _MONTHS[name.lower().rstrip(".")]
