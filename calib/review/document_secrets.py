"""Find secrets and personal data in a document, hidden sheets and deleted text included."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from calib.documents import Document, Passage
from calib.model import Finding, Outcome, Subject
from calib.review.secrets import PrivateDataKind, match_private_data
from calib.text import listed, plural

_SHOWN_PLACES = 3


def find_private_data_in(document: Document, file: str) -> Iterator[Finding]:
    """Yield a finding for each kind of secret or personal data, with its locations.

    One finding per kind: a support plan may have a hundred telephone numbers. The subject is the
    first location. The message never repeats the text that was found.
    """
    places: dict[str, list[str]] = {}
    kinds: dict[str, PrivateDataKind] = {}
    for text, where in _texts(document.passages):
        for kind, spans in match_private_data(text):
            kinds[kind.id] = kind
            places.setdefault(kind.id, []).extend([where] * len(spans))
    for name, kind in kinds.items():
        yield Finding(
            rule=f"private-document:{kind.id}:{file}",
            outcome=Outcome.GAP if kind.severe else Outcome.PARTLY,
            message=f"The document contains {kind.what}{_describe_places(places[name])}.",
            remediation=kind.remedy,
            subject=Subject(file=file, place=places[name][0]),
        )


def _texts(passages: Iterable[Passage]) -> Iterator[tuple[str, str]]:
    """Yield each text with its location; a cell together with the heading of its column.

    `hunter2-2026` is a password only below the heading `Password`.
    """
    for passage in passages:
        yield passage.text, passage.where
        for pair in passage.context.split("; "):
            heading, colon, value = pair.partition(": ")
            # The value alone has been searched, and a row of cells shares its context.
            if colon and value == passage.text and not list(match_private_data(value)):
                yield f"{heading}: {value}", passage.where


def _describe_places(places: list[str]) -> str:
    """Return the number of matches and where the first ones are, as ` 4 times (p. 1 and p. 2)`."""
    distinct = list(dict.fromkeys(places))
    shown = distinct[:_SHOWN_PLACES]
    more = len(distinct) - len(shown)
    where = listed([*shown, plural(more, "other place")] if more else shown)
    count = f" {len(places)} times" if len(places) > 1 else ""
    return f"{count} ({where})"
