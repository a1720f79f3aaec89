"""`workshop.yaml`: what was decided when the workshop began, what was revealed, what was settled.

It holds no vote. Like the ballots it is no part of what is judged: the hash stays the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from calib.errors import BadInput, CannotWrite
from calib.files import strict_yaml
from calib.model import Catalog, Naming, Workshop
from calib.store.conflicts import Conflict
from calib.store.load import must_be_assessment
from calib.store.session import Store
from calib.store.writer import Answer, Saved

FILE = "workshop.yaml"


def load_workshop(folder: Path | str, catalog: Catalog) -> Workshop | None:
    """Read the record of a workshop; None where none was held; raises BadInput."""
    folder = Path(folder)
    must_be_assessment(folder)
    folder = folder.resolve()
    if not (folder / FILE).exists():
        return None
    document = strict_yaml.read(folder / FILE, f"{folder.name}/{FILE}")
    workshop = strict_yaml.validate(document, Workshop)
    if workshop is not None:
        _check(document, workshop, catalog)
    if workshop is None or document.problems:
        raise BadInput(document.problems)
    return workshop


def begin(store: Store, at: datetime, naming: Naming) -> bool:
    """Begin the record of a workshop; False where it was begun already. Raises CannotWrite."""
    if (store.folder / FILE).exists():
        return False
    _must_stand(store, store.create(FILE, f'begun: "{at.isoformat()}"\nnaming: {naming}\n'))
    return True


def mark_revealed(store: Store, criteria: Iterable[str], at: datetime) -> None:
    """Note that the votes on criteria, as CONTROL/criterion, are revealed. Raises CannotWrite.

    From then on no vote on them is taken; `sealed.publish` opens those that are there.
    """
    for criterion in criteria:
        place = ("criteria", criterion, "revealed")
        _must_stand(store, store.set(FILE, place, None, at.isoformat()))


def _must_stand(store: Store, answer: Answer) -> None:
    if isinstance(answer, Conflict):  # somebody else did it in the same moment
        answer = store.resolve(answer, answer.in_file)
    if not isinstance(answer, Saved):
        reason = "was changed meanwhile" if isinstance(answer, Conflict) else answer.reason
        raise CannotWrite(store.folder / FILE, reason)


def _check(document: strict_yaml.Document, workshop: Workshop, catalog: Catalog) -> None:
    known = {f"{c.id}/{x.id}" for c in catalog.controls for x in c.criteria}
    for matter in workshop.criteria:
        if matter.criterion not in known:
            place = ("criteria", matter.criterion)
            document.problem("the catalog has no such criterion", place, "as CONTROL/criterion")
    if workshop.at and workshop.at not in known:
        document.problem(f"the catalog has no criterion {workshop.at}", ("at",))
    controls = {c.id for c in catalog.controls}
    for number, box in enumerate(workshop.agenda):
        if box.control not in controls:
            document.problem(
                f"the catalog has no control {box.control}", ("agenda", number, "control")
            )
