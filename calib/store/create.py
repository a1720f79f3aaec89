"""Create a new assessment folder: blank, with every criterion, or as a copy of an example."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from datetime import date
from pathlib import Path
from textwrap import wrap

from calib.errors import BadInput, CannotWrite, Problem
from calib.model import FORMAT, Catalog, Control


def create_assessment(
    folder: Path,
    catalog: Catalog,
    *,
    partner: str,
    target: date | None = None,
    like: Path | None = None,
) -> Path:
    """Create a new folder completely, or not at all.

    Raises BadInput if the folder exists and is not empty, CannotWrite if it cannot be created.
    """
    check_new_folder(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        # Built beside the target, since a rename is only atomic within one file system.
        with tempfile.TemporaryDirectory(prefix=".calib-new-", dir=folder.parent) as scratch:
            built = Path(scratch) / "assessment"
            if like is None:
                _write_blank(built, catalog, partner, target)
            else:
                shutil.copytree(like, built, ignore=shutil.ignore_patterns(".calib"))
            built.chmod(0o755)  # copytree may have copied the mode of a read-only installation
            if folder.is_dir():  # empty, checked above; Windows cannot rename over a folder
                folder.rmdir()
            os.replace(built, folder)
    except OSError as error:
        raise CannotWrite(folder, error) from error
    return folder


def check_new_folder(folder: Path) -> None:
    """Raise BadInput if the folder exists and is not empty, or is a file."""
    problem = ""
    if folder.is_dir():
        problem = "exists and is not empty" if any(folder.iterdir()) else ""
    elif folder.exists():
        problem = "is a file, not a folder"
    if problem:
        remedy = "choose a new folder; nothing was changed"
        raise BadInput([Problem(str(folder), problem, remedy=remedy)])


def _write_blank(folder: Path, catalog: Catalog, partner: str, target: date | None) -> None:
    for name in ("case_studies", "controls", "evidence"):
        (folder / name).mkdir(parents=True)
    files = {
        "assessment.yaml": _header(catalog, partner, target),
        "evidence.yaml": _EVIDENCE,
        "plan.yaml": "# Owner, due date and status of remediation actions; `calib plan` "
        "lists their ids.\nactions: []\n",
        "case_studies/first-example.yaml": _case_study(catalog),
        **{f"controls/{c.id}.yaml": _control(c) for c in catalog.controls},
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


def _quote_yaml(text: str) -> str:
    # A JSON string is a valid double-quoted YAML string.
    return json.dumps(text, ensure_ascii=False)


def _comment(text: str, indent: str = "") -> str:
    return "".join(f"{indent}# {line}\n" for line in wrap(text, 94 - len(indent)))


def _header(catalog: Catalog, partner: str, target: date | None) -> str:
    about = _comment(f"{catalog.title}: an assessment. Read it with `calib score .`")
    return f"""{about}format: {FORMAT}
catalog: {catalog.id}
catalog_version: {_quote_yaml(catalog.version)}
profile:
  partner: {_quote_yaml(partner)}
  practice_lead:
  contact:
  website:
  region:
  tier:
  path: Services
  about:
scope:
target_date: {target.isoformat() if target else ""}
"""


_EVIDENCE = """# The evidence register. Put files into evidence/ and describe each of them here:
#
#   - id: delivery-handbook            # lower-case letters, digits and hyphens
#     title: Generative AI delivery handbook v1.0
#     file: evidence/delivery-handbook.pdf      # or url: https://...
#     sha256:                          # `sha256sum FILE`; a later change is then noticed
#     dated: 2026-05-11
#     expires:
#     customer:
#     confidential: false
evidence: []
"""


def _case_study(catalog: Catalog) -> str:
    kinds = ", ".join(k.id for k in catalog.qualification.kinds)
    families = ", ".join(f.name for f in catalog.qualification.families)
    about = _comment(
        f"One customer example; {catalog.qualification.needed} are submitted, each led by another "
        "AWS service. Copy this file for each, named after the example."
    )
    return f"""{about}title: ""
customer: ""
status: candidate          # or submitted
order: 1
challenge: ""
solution: ""
tech_stack: []
results: ""                # what changed for the customer, in numbers
{_comment(f"For example: {families}")}services: []
primary_service: ""        # one of the services
could_lead: []             # alternative primary services, from the list of services
{_comment(f"Kinds: {kinds}")}solution_types: []
migrated_from:
evidence: []
"""


def _control(control: Control) -> str:
    text = _comment(f"{control.id}: {control.title}") + "#\n" + _comment(control.asks_for)
    text += f"control: {control.id}\n"
    text += "# What will be submitted. Start the text below with `|`, indented by two.\n"
    text += 'narrative: ""\ncriteria:\n'
    for criterion in control.criteria:
        text += _comment(f"{criterion.question} ({criterion.basis})", "  ")
        text += f"  {criterion.id}:\n    claimed_level:\n    answer:\n    evidence: []\n"
        text += "    owner:\n    due:\n"
    about = "# Services that are not AWS's own: service, purpose, justification.\n"
    return f"{text}{about}third_party: []\n"
