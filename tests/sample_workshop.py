"""Write a finished workshop through the store, as the facilitator's form does.

Eight assessors at Brightloom Cloud (the halfway example), ninety minutes, four of six controls: two
camps on the risk assessment, a second round, dissent, an abstention, one criterion left open, a
parking lot, actions. Named or anonymous; optionally with more people and hostile texts.
"""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta, timezone
from pathlib import Path

from calib import assess, load_assessment, load_catalog
from calib.ballots.files import assessor_id
from calib.ballots.sealing import publish_revealed, seal_ballots
from calib.model import Ballot, Consensus, Vote
from calib.resources import resource_path
from calib.store.locate import EXAMPLES
from calib.store.session import Store
from calib.store.writer import Saved

BEGUN = datetime(2026, 11, 20, 9, 0, tzinfo=timezone(timedelta(hours=-6)))
PEOPLE = ("Ana Silva", "Ben Okoro", "Caleb Stroud", "Devi Anand", "Eli Novák", "Fatima Zahra",
          "Hal Jorgensen", "Priya Raman")  # fmt: skip
AGENDA = {"GENAIPR-004": 35, "GENAIPR-003": 30, "GENAIPR-002": 15, "GENAIPR-005": 10}
VISITS = (("GENAIPR-004", 4), ("GENAIPR-003", 43), ("GENAIPR-002", 71), ("GENAIPR-004", 82))

# criterion: levels of the eight (None abstains), minute of the reveal, what was settled.
VOTED = {
    "GENAIPR-004": {
        "ethics-policy": ([3, 3, 3, 3, 3, 3, 3, 3], 6, (3, 8, "Policy and board minutes were on the screen.", "")),
        "bias-mitigation": ([2, 2, 1, 2, 2, 0, 2, 2], 10, (2, 18, "The test set exists; nobody has run it for the second customer.", "One of us holds that one test for one customer is an assertion.")),
        "user-consent": ([3, 3, 3, 4, 3, 3, 3, 3], 20, (3, 22, "Consent text and log were shown; no figure yet.", "")),
        "transparency-report": ([1, 1, 0, 1, 1, 1, 1, None], 24, (1, 28, "A draft outline is no report.", "")),
        "safety-measures": ([2, 3, 3, 3, 3, 2, 3, 3], 30, (3, 84, "In the second round the guardrail configuration and the test log were opened.", "")),
        "sustainability": ([0, 2, 1, 0, 3, 1, 1, 0], 36, None),
    },
    "GENAIPR-003": {
        "privacy-mechanisms": ([3] * 8, 44, (3, 45, "As documented.", "")),
        "written-documentation": ([3, 3, 2, 3, 3, 3, 3, 3], 47, (3, 50, "Version 2.1 is signed.", "")),
        "risk-assessment": ([1, 3, 1, 3, 1, 3, 1, 3], 52, (2, 60, "A template and one workload; the others are planned.", "Two of us would count the finished one as evidence.")),
        "anonymization": ([2, 2, 3, 2, 2, 2, 2, 2], 62, (2, 66, "One customer's masking is no procedure.", "")),
        "application-security": ([3, 3, 3, 3, 4, 3, 3, 3], 67, (3, 69, "Pen test of September.", "")),
    },
    "GENAIPR-002": {
        "quality-metrics": ([2, 1, 2, 2, 2, 1, 2, 2], 74, (2, 79, "The scoring guide is written, the pilot is running.", "")),
    },
}  # fmt: skip
EARLIER = {"GENAIPR-004/safety-measures": ((1, 4, 2, 1, 0),)}
COMMENTS = {
    ("GENAIPR-004", "bias-mitigation", 5): "One run on one data set. I would want the second customer before anyone writes “we test for bias”.",
    ("GENAIPR-004", "safety-measures", 4): "Guardrails are on in both accounts, I looked this morning.",
    ("GENAIPR-003", "risk-assessment", 0): "We have a template. A template is not an assessment.",
    ("GENAIPR-003", "risk-assessment", 1): "Tamarack's is complete and signed.",
    ("GENAIPR-004", "transparency-report", 7): "I have not read it.",
}  # fmt: skip
PARKED = (
    {"id": "harborline", "text": "Does Harborline agree to be named in the responsible AI response?", "owner": "Marisol Trent", "due": "2026-12-04"},
    {"id": "carbon", "text": "Who can give us the energy figures per inference?"},
)  # fmt: skip
BY = "Marisol Trent"
LONGEST = "risk-assessment"


def at(minute: int) -> str:
    return (BEGUN + timedelta(minutes=minute)).isoformat()


def write_workshop(
    folder: Path, *, anonymous: bool = False, people: tuple[str, ...] = PEOPLE,
    facilitator: str = "Dana Roth", closed: bool = True, comment: str = "", dissent: str = "",
) -> Path:  # fmt: skip
    """Copy the halfway example and add a workshop; every fifth assessor writes `comment` on one criterion."""
    catalog = load_catalog()
    shutil.copytree(resource_path("data", "examples", EXAMPLES["halfway"]), folder)
    start = assess(catalog, load_assessment(folder, catalog), BEGUN.date())
    seal_ballots(folder, catalog, _ballots(people, anonymous=anonymous, comment=comment))
    matters = {
        f"{c.control}/{x.criterion}": {"before": x.effective}
        for c in start.controls
        for x in c.criteria
    }
    store = Store.open(folder, facilitator)
    store.create("workshop.yaml", f"begun: {at(0)}\n")
    for control, criteria in VOTED.items():
        for criterion, (_, minute, agreed) in criteria.items():
            name = f"{control}/{criterion}"
            matters[name]["revealed"] = at(minute)
            if name in EARLIER:
                matters[name]["earlier"] = EARLIER[name]
            if agreed:
                level, when, reason, other = agreed
                settled = Consensus(
                    level=level, by=BY, reason=reason, dissent=dissent or other, at=at(when)
                )
                matters[name]["settled"] = settled.model_dump(mode="json")
                override = {"level": level, "by": BY, "reason": reason}
                field = ("criteria", criterion, "override")
                file = f"controls/{control}.yaml"
                _save(store, file, field, override)
    for field, value in {
        "naming": "anonymous" if anonymous else "named", "facilitator": facilitator,
        "minutes": 90, "begun": at(0), "closed": at(91) if closed else None,
        "readiness_before": str(start.readiness),
        "agenda": [{"control": c, "minutes": n} for c, n in AGENDA.items()],
        "visits": [{"control": c, "since": at(n)} for c, n in VISITS],
        "criteria": matters, "parked": list(PARKED),
    }.items():  # fmt: skip
        if value is not None:
            _save(store, "workshop.yaml", (field,), value)
    publish_revealed(folder, catalog)
    return folder


def _save(store: Store, file: str, field: tuple[str, ...], value: object) -> None:
    answer = store.set(file, field, store.get(file, field), value)
    assert isinstance(answer, Saved), answer


def _ballots(people: tuple[str, ...], *, anonymous: bool, comment: str) -> list[Ballot]:
    found = []
    for number, person in enumerate(people):
        for control, criteria in VOTED.items():
            votes = [
                Vote(
                    criterion=criterion,
                    level=levels[number % len(levels)],
                    comment=(criterion == LONGEST and number % 5 == 1 and comment)
                    or COMMENTS.get((control, criterion, number), ""),
                )
                for criterion, (levels, _, _) in criteria.items()
            ]
            who = f"seat-{(number * 7919 + 13) % 4096:012x}" if anonymous else assessor_id(person)
            name = "" if anonymous else person
            found.append(Ballot(control=control, assessor=who, name=name, votes=votes))
        # Voted on, and never revealed.
        sealed = Vote(criterion="cicd", level=4, comment="NEVER-REVEALED")
        found.append(
            Ballot(control="GENAIPR-005", assessor=found[-1].assessor, name=name, votes=[sealed])
        )
    return found
