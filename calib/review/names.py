"""Find the names of organisations, people and products, whose words carry no point.

A partner called Northern Data has no data readiness because of its name. A name is a run of
capitalised words that are ordinary words elsewhere; runs that name a document or a role
("Data Protection Officer", "Model Risk Policy") say something and stay. Words that are never
ordinary ones, such as Presidio or Claude, need no masking: they name nothing but the product.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from calib.model.base import FrozenModel
from calib.phrases import fold
from calib.review.rules import load_review_data

PLACEHOLDER = "somename"
"""What stands for a name in folded text; one word, however long the name is."""

_NOT_PART = (
    r"(?:A|After|All|An|And|Any|Are|As|Ask|At|Before|Both|By|Do|Each|Every|For|From|Here|How|If|In|Is"
    r"|Its|Later|No|Of|On|Our|Out|Since|That|The|Their|Then|There|These|This|Those|To|Under|What|When"
    r"|Where|While|Who|Why|With|Your)\b"
)
_CAPITALISED = r"[A-Z][a-z]+(?:-[A-Za-z]+)*"
_JOINED = rf"{_CAPITALISED}(?:[ ](?:&[ ])?{_CAPITALISED})*"
_RUN = re.compile(rf"(?<!\w)(?!{_NOT_PART}){_JOINED}(?!\w)")
_SENTENCE_START = re.compile(r"(?:^|[.!?:;|\n(\[“\"][\"”’)\]]*\s*|[-*•]\s+|\d[.)]\s+)$")
_LOOK_BACK = 6


class _NameData(FrozenModel):
    ordinary: str
    """Words of the criteria's topics, which a name may contain."""
    titles: str
    """Words that make a run the title of a document, a role or a body."""


@lru_cache(maxsize=1)
def _name_data() -> tuple[frozenset[str], frozenset[str]]:
    data = load_review_data("names.yaml", _NameData)
    return frozenset(data.ordinary.split()), frozenset(data.titles.split())


def find_names(text: str, known: Iterable[str] = ()) -> list[tuple[int, int]]:
    """Return the spans of the names in a text, in order.

    `known` are names that are masked wherever they occur, such as the partner's.
    """
    runs = list(_name_runs(text))
    names = {name.strip() for name in known} - {""}
    # A name of one word is masked only where it is used as one: "at Data".
    single = [(start, end) for start, end in runs if " " not in text[start:end]]
    names |= {text[start:end] for start, end in runs if " " in text[start:end]}
    if not names:
        return single
    longest_first = sorted(names, key=lambda name: (-len(name), name))
    # A customer called Bedrock does not hide Amazon Bedrock.
    before = r"(?<!\w)(?<!Amazon )(?<!AWS )"
    pattern = re.compile(rf"{before}(?:{'|'.join(map(re.escape, longest_first))})(?!\w)")
    found = [match.span() for match in pattern.finditer(text)]
    apart = [s for s in single if not any(a < s[1] and s[0] < b for a, b in found)]
    return sorted([*found, *apart])


def _name_runs(text: str) -> Iterable[tuple[int, int]]:
    ordinary, titles = _name_data()
    for match in _RUN.finditer(text):
        words = match.group().lower().split()
        starts = _SENTENCE_START.search(text[max(0, match.start() - _LOOK_BACK) : match.start()])
        at_start = starts is not None or match.start() == 0
        # A single capitalised word is a name only in "at Data" or "Data's": contracts write "the
        # Service", and every sentence begins with a capital.
        if len(words) < 2 and (at_start or not _is_used_as_name(text, match)):
            continue
        if any(word in titles for word in words):
            continue
        topical = sum(word in ordinary for word in words)
        # "Data Quality" is a title in capitals; "Northern Data" is a name.
        if topical and (topical < len(words) or len(words) == 1):
            yield match.span()


def _is_used_as_name(text: str, match: re.Match[str]) -> bool:
    before = text[max(0, match.start() - _LOOK_BACK) : match.start()]
    after = text[match.end() : match.end() + 2]
    return before.endswith((" at ", " with ")) or after in ("'s", "’s")


def fold_masked(text: str, start: int, end: int, names: Sequence[tuple[int, int]]) -> str:
    """Fold a part of a text with each name replaced by PLACEHOLDER."""
    parts, at = [], start
    for first, last in names:
        if first >= start and last <= end:
            parts += [text[at:first], f" {PLACEHOLDER} "]
            at = last
    return fold("".join([*parts, text[at:end]]))
