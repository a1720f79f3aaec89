"""Collect the passages of one document within its limits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from calib.documents.limits import Limits
from calib.documents.model import Fact, Passage, Role
from calib.text import blank_invisible, listed, plural

# Hyphenation points and characters without width: they would split words that are searched for.
_NO_WIDTH = re.compile("[\u00ad\u200b\u2060\ufeff]")


class LimitReached(Exception):
    """The document has more text than may be read; the rest is skipped."""


class Reading:
    """Everything found in one document so far; readers of all formats add to it."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.passages: list[Passage] = []
        self.facts: list[Fact] = []
        self.problems: list[tuple[str, str]] = []
        self.members = 0
        self._prefix = ""
        self._place = ""
        self._containers: list[str] = []
        self._characters = 0

    @contextmanager
    def inside(self, member: str) -> Iterator[None]:
        """Prefix all locations with the name of an attachment or a file in an archive."""
        outer = self._prefix
        self._prefix = f"{outer}{clean_text(member)}: "
        try:
            yield
        finally:
            self._prefix = outer

    @contextmanager
    def at(self, place: str) -> Iterator[None]:
        """Give all passages one location, such as the body of a mail."""
        self._place = place
        try:
            yield
        finally:
            self._place = ""

    def may_open(self, kind: str) -> bool:
        """Return whether a file in an archive or mail is opened: archives one level deep."""
        if kind == "zip":
            return "zip" not in self._containers and len(self._containers) < 2
        return kind != "email" or len(self._containers) < 3

    @contextmanager
    def within(self, kind: str) -> Iterator[None]:
        """Note the format of the file that is being read."""
        self._containers += [kind] if kind in ("zip", "email") else []
        place, self._place = self._place, ""
        try:
            yield
        finally:
            self._place = place
            if kind in ("zip", "email"):
                self._containers.pop()

    def add(self, text: str, where: str, role: Role = Role.BODY, context: str = "") -> None:
        """Add a passage unless it is blank; raises LimitReached."""
        text = "\n".join(filter(None, map(clean_text, text.split("\n"))))
        if not text:
            return
        # The cells of a row share one context, which therefore counts once.
        is_new = not self.passages or self.passages[-1].context is not context
        self._characters += len(text) + (len(context) if is_new else 0)
        limits = self.limits
        if self._characters > limits.max_characters or len(self.passages) >= limits.max_passages:
            self.problem(
                f"only its first {limits.max_characters:,} characters or "
                f"{limits.max_passages:,} passages were read",
                "split it, or keep the part that matters",
            )
            raise LimitReached
        where = self._prefix + (self._place or where)
        self.passages.append(Passage(text, where, role, context))

    def fact(self, field: str, value: str, where: str, quote: str = "", label: str = "") -> None:
        """Add a fact about the document, unless the value is blank."""
        value = clean_text(value)
        if value:
            quote = clean_text(quote) or value
            self.facts.append(Fact(field, value, self._prefix + where, quote, label))

    def problem(self, why: str, remedy: str = "") -> None:
        """Record that a part of the document could not be read."""
        self.problems.append((f"{self._prefix}{why}", remedy))

    def explain(self) -> tuple[str, str]:
        """Return all problems as one sentence, and what to do about the first."""
        if not self.problems:
            return "", ""
        reasons = list(dict.fromkeys(why for why, _ in self.problems))
        more = len(reasons) - 3
        if more > 0:
            reasons = [*reasons[:3], f"{plural(more, 'further problem')}"]
        remedy = next((r for _, r in self.problems if r), "")
        return "; ".join(reasons), remedy


def clean_text(text: str) -> str:
    """Return a text on one line, without invisible characters."""
    return " ".join(blank_invisible(_NO_WIDTH.sub("", text)).split())


def row_passage(cells: list[str]) -> str:
    """Return the cells of a table row as one text; empty cells are dropped."""
    return " | ".join(cell for cell in map(clean_text, cells) if cell)


def row_context(headings: list[str], cells: list[str]) -> str:
    """Return a row as `Heading: value; ...`; columns without a heading have the value alone."""
    padded = headings + [""] * (len(cells) - len(headings))
    pairs = ((clean_text(h), clean_text(c)) for h, c in zip(padded, cells, strict=False))
    return "; ".join(f"{heading}: {cell}" if heading else cell for heading, cell in pairs if cell)


def page_list(numbers: list[int]) -> str:
    """Return page numbers as `page 3` or `pages 1-4, 7 and 9`."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    words = [f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs]
    return ("page " if len(numbers) == 1 else "pages ") + listed(words)
