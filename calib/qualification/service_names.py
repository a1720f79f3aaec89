"""Match the names of services and solution kinds as people write them."""

from __future__ import annotations

from difflib import SequenceMatcher

from calib.model import QualificationRules
from calib.phrases import CueMatcher, fold


class ServiceMatcher:
    """Matches service names to families."""

    def __init__(self, rules: QualificationRules) -> None:
        self.families = [
            (f.id, CueMatcher(f.aliases), CueMatcher(f.yielding)) for f in rules.families
        ]
        self.foreign = CueMatcher(rules.foreign)
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
        if folded in self.foreign:
            return ()
        positions = {i: cues.find(folded) for i, cues, _ in self.families}
        found = sorted((at, i) for i, at in positions.items() if at >= 0)
        if not found:
            found = [(0, i) for i, _, yielding in self.families if folded in yielding]
        if not found:
            found = [
                (0, i) for word, i in self.single_words.items() if self._resembles(word, folded)
            ]
        return tuple(dict.fromkeys(i for _, i in found))

    def mentioned(self, text: str) -> tuple[str, ...]:
        """Return the ids of all families that a text mentions."""
        folded = fold(text)
        return tuple(i for i, cues, more in self.families if folded in cues or folded in more)

    @staticmethod
    def _resembles(alias: str, folded: str) -> bool:
        return any(
            len(word) >= 6 and SequenceMatcher(None, alias, word).ratio() >= 0.85
            for word in folded.split()
        )


class KindMatcher:
    """Matches the names of solution kinds."""

    def __init__(self, rules: QualificationRules) -> None:
        self.kinds = [(k.id, CueMatcher((k.id, k.name, *k.aliases))) for k in rules.kinds]
        self.generative = {k.id for k in rules.kinds if k.generative}

    def find_kind(self, name: str) -> str:
        """Return the id of the kind that a name mentions, the folded name if it is unknown.

        An unknown kind still counts for the variety of a set. Of several kinds the first mentioned
        wins, and of those at the same position the longest id.
        """
        folded = fold(name)
        found = [(cues.find(folded), -len(i), i) for i, cues in self.kinds if folded in cues]
        return min(found)[2] if found else folded.strip()
