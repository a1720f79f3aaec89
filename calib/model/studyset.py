"""The nouns of a choice: which case studies go together, and what each leads with."""

from __future__ import annotations

from calib.model.noun import Noun


class Lead(Noun):
    """Name a study of a set and what it leads with there; an empty slug is one to be written."""

    slug: str
    title: str
    family: str
    service: str
    instead_of: str = ""
    """What it leads with now, where that is another service."""
    strength: int = 0


class StudySet(Noun):
    """Hold four studies that could be submitted together, and why they stand where they do."""

    leads: tuple[Lead, ...]
    kinds: tuple[str, ...]
    strength: int
    submitted: bool
    """Whether these are the studies marked as submitted, led as they are."""
    why: str
