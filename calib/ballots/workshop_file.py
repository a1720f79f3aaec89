"""`workshop.yaml`, the record of a workshop: its settings, reveals and consensus.

It contains no votes. Like ballots it does not affect the result, and is not part of the content
hash.
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
    """Load the record of a workshop; None if there is none. Raises BadInput."""
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
    """Create the record of a workshop; False if it exists already. Raises CannotWrite."""
    if (store.folder / WORKSHOP_FILE).exists():
        return False
    _check_saved(
        store, store.create(WORKSHOP_FILE, f'begun: "{at.isoformat()}"\nnaming: {naming}\n')
    )
    return True


def mark_revealed(store: Store, criteria: Iterable[str], at: datetime) -> None:
    """Record that the votes on criteria, given as CONTROL/criterion, are revealed.

    From then on votes on them are rejected; `sealing.publish_revealed` opens the existing ones.
    Raises CannotWrite.
    """
    for criterion in criteria:
        field_path = ("criteria", criterion, "revealed")
        _check_saved(store, store.set(WORKSHOP_FILE, field_path, None, at.isoformat()))


def _check_saved(store: Store, result: EditResult) -> None:
    if isinstance(result, Conflict):  # another program did the same at the same time
        result = store.resolve(result, result.in_file)
    if not isinstance(result, Saved):
        reason = "was changed meanwhile" if isinstance(result, Conflict) else result.reason
        raise CannotWrite(store.folder / WORKSHOP_FILE, reason)


def _check_references(
    document: strict_yaml.YamlDocument, workshop: Workshop, catalog: Catalog
) -> None:
    known = {f"{c.id}/{x.id}" for c in catalog.controls for x in c.criteria}
    for matter in workshop.criteria:
        if matter.criterion not in known:
            field_path = ("criteria", matter.criterion)
            document.add_problem(
                "the catalog has no such criterion", field_path, "write it as CONTROL/criterion"
            )
    if workshop.at and workshop.at not in known:
        document.add_problem(f"the catalog has no criterion {workshop.at}", ("at",))
    controls = {c.id for c in catalog.controls}
    for number, box in enumerate(workshop.agenda):
        if box.control not in controls:
            document.add_problem(
                f"the catalog has no control {box.control}", ("agenda", number, "control")
            )
