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
from calib.store.load import check_is_assessment
from calib.store.session import Store
from calib.store.writer import EditResult, Saved

WORKSHOP_FILE = "workshop.yaml"


def load_workshop(folder: Path | str, catalog: Catalog) -> Workshop | None:
    """Read the record of a workshop; None where none was held; raises BadInput."""
    folder = Path(folder)
    check_is_assessment(folder)
    folder = folder.resolve()
    if not (folder / WORKSHOP_FILE).exists():
        return None
    document = strict_yaml.read_yaml(folder / WORKSHOP_FILE, f"{folder.name}/{WORKSHOP_FILE}")
    workshop = strict_yaml.validate_yaml(document, Workshop)
    if workshop is not None:
        _check_references(document, workshop, catalog)
    if workshop is None or document.problems:
        raise BadInput(document.problems)
    return workshop


def begin_workshop(store: Store, at: datetime, naming: Naming) -> bool:
    """Begin the record of a workshop; False where it was begun already. Raises CannotWrite."""
    if (store.folder / WORKSHOP_FILE).exists():
        return False
    _check_saved(
        store, store.create(WORKSHOP_FILE, f'begun: "{at.isoformat()}"\nnaming: {naming}\n')
    )
    return True


def mark_revealed(store: Store, criteria: Iterable[str], at: datetime) -> None:
    """Note that the votes on criteria, as CONTROL/criterion, are revealed. Raises CannotWrite.

    From then on no vote on them is taken; `sealed.publish` opens those that are there.
    """
    for criterion in criteria:
        place = ("criteria", criterion, "revealed")
        _check_saved(store, store.set(WORKSHOP_FILE, place, None, at.isoformat()))


def _check_saved(store: Store, answer: EditResult) -> None:
    if isinstance(answer, Conflict):  # somebody else did it in the same moment
        answer = store.resolve(answer, answer.in_file)
    if not isinstance(answer, Saved):
        reason = "was changed meanwhile" if isinstance(answer, Conflict) else answer.reason
        raise CannotWrite(store.folder / WORKSHOP_FILE, reason)


def _check_references(
    document: strict_yaml.YamlDocument, workshop: Workshop, catalog: Catalog
) -> None:
    known = {f"{c.id}/{x.id}" for c in catalog.controls for x in c.criteria}
    for matter in workshop.criteria:
        if matter.criterion not in known:
            place = ("criteria", matter.criterion)
            document.add_problem("the catalog has no such criterion", place, "as CONTROL/criterion")
    if workshop.at and workshop.at not in known:
        document.add_problem(f"the catalog has no criterion {workshop.at}", ("at",))
    controls = {c.id for c in catalog.controls}
    for number, box in enumerate(workshop.agenda):
        if box.control not in controls:
            document.add_problem(
                f"the catalog has no control {box.control}", ("agenda", number, "control")
            )
