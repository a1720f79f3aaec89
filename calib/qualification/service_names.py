"""Understand the names of services and solution kinds as people write them."""

from __future__ import annotations

from difflib import SequenceMatcher

from calib.model import QualificationRules
from calib.phrases import CueMatcher, fold


class ServiceMatcher:
    """Understand service names as people write them."""

    def __init__(self, rules: QualificationRules) -> None:
        self.families = [(f.id, CueMatcher(f.aliases), CueMatcher(f.yielding)) for f in rules.families]
        self.foreign = CueMatcher(rules.foreign)
        # Only longer single words are worth a typo's tolerance: "bedrok", "sagemeker".
        self.words = {
            alias: f.id
            for f in rules.families
            for alias in f.aliases
            if " " not in alias and len(alias) >= 7
        }

    def of(self, name: str) -> tuple[str, ...]:
        """Return the ids of the families that a name speaks of, the first named first."""
        folded = fold(name)
        if folded in self.foreign:
            return ()
        places = {i: cues.find(folded) for i, cues, _ in self.families}
        found = sorted((at, i) for i, at in places.items() if at >= 0)
        if not found:
            found = [(0, i) for i, _, yielding in self.families if folded in yielding]
        if not found:
            found = [(0, i) for word, i in self.words.items() if self._resembles(word, folded)]
        return tuple(dict.fromkeys(i for _, i in found))

    def mentioned(self, text: str) -> tuple[str, ...]:
        """Return the ids of all families that a text speaks of anywhere."""
        folded = fold(text)
        return tuple(i for i, cues, more in self.families if folded in cues or folded in more)

    @staticmethod
    def _resembles(alias: str, folded: str) -> bool:
        return any(
            len(word) >= 6 and SequenceMatcher(None, alias, word).ratio() >= 0.85
            for word in folded.split()
        )


class KindMatcher:
    """Understand the names of solution kinds."""

    def __init__(self, rules: QualificationRules) -> None:
        self.kinds = [(k.id, CueMatcher((k.id, k.name, *k.aliases))) for k in rules.kinds]
        self.generative = {k.id for k in rules.kinds if k.generative}

    def of(self, name: str) -> str:
        """Return the id of the kind that a name speaks of, the folded name where none fits."""
        folded = fold(name)
        found = [(cues.find(folded), -len(i), i) for i, cues in self.kinds if folded in cues]
        return min(found)[2] if found else folded.strip()
