"""Match the names of services and solution kinds as people write them."""

from __future__ import annotations

from difflib import SequenceMatcher

from calib.model import QualificationRules
from calib.phrases import CueIndex, fold


class ServiceMatcher:
    """Matches service names to families."""

    def __init__(self, rules: QualificationRules) -> None:
        self.order = {f.id: number for number, f in enumerate(rules.families)}
        self.aliases = CueIndex((alias, f.id) for f in rules.families for alias in f.aliases)
        self.yielding = CueIndex((name, f.id) for f in rules.families for name in f.yielding)
        self.foreign = CueIndex((name, name) for name in rules.foreign)
        # Typos are accepted only in long single words ("bedrok"): short ones resemble others.
        self.single_words = {
            alias: f.id
            for f in rules.families
            for alias in f.aliases
            if " " not in alias and len(alias) >= 7
        }

    def find_families(self, name: str) -> tuple[str, ...]:
        """Return the ids of the families that a name mentions, in their order in the name."""
        folded = fold(name)
        if self.foreign.labels(folded):
            return ()
        positions = self.aliases.positions(folded)
        found = sorted(positions, key=lambda i: (positions[i], i))
        if not found:
            found = sorted(self.yielding.labels(folded), key=self.order.__getitem__)
        if not found:
            found = [i for word, i in self.single_words.items() if self._resembles(word, folded)]
        return tuple(dict.fromkeys(found))

    def mentioned(self, text: str) -> tuple[str, ...]:
        """Return the ids of all families that a text mentions."""
        folded = fold(text)
        found = self.aliases.labels(folded) | self.yielding.labels(folded)
        return tuple(sorted(found, key=self.order.__getitem__))

    @staticmethod
    def _resembles(alias: str, folded: str) -> bool:
        return any(
            len(word) >= 6 and SequenceMatcher(None, alias, word).ratio() >= 0.85
            for word in folded.split()
        )


class KindMatcher:
    """Matches the names of solution kinds."""

    def __init__(self, rules: QualificationRules) -> None:
        self.kinds = CueIndex((c, k.id) for k in rules.kinds for c in (k.id, k.name, *k.aliases))
        self.generative = {k.id for k in rules.kinds if k.generative}

    def find_kind(self, name: str) -> str:
        """Return the id of the kind that a name mentions, the folded name if it is unknown.

        An unknown kind still counts for the variety of a set. Of several kinds the first mentioned
        wins, and of those at the same position the longest id.
        """
        folded = fold(name)
        found = self.kinds.positions(folded)
        return min(found, key=lambda i: (found[i], -len(i), i), default=folded.strip())
