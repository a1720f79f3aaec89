"""The texts of a pack: the responses, the evidence register, and what the pack is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from calib.exchange.checked_write import encode_json
from calib.exchange.evidence_files import EvidenceCheck
from calib.exchange.pack.select_evidence import HELD_BACK, PackSelection
from calib.exchange.table import ExportTable, render_csv
from calib.model import ControlResult, Result, StudyResult
from calib.text import escape_invisible

CHECKSUMS = "sha256sums.txt"
_COLUMNS = (
    ("id", 24),
    ("title", 40),
    ("state", 14),
    ("file in this pack", 40),
    ("sha256", 66),
    ("bytes", 10),
    ("registered sha256", 66),
    ("url", 40),
    ("dated", 12),
    ("expires", 12),
    ("customer", 24),
    ("confidential", 12),
    ("serves", 40),
)


def render_responses(result: Result) -> dict[str, bytes]:
    """Write each response and each submitted case study as plain text, as it was typed."""
    partner = result.profile.partner
    found = {f"responses/{c.control}.txt": _response_page(partner, c) for c in result.controls}
    submitted = [s for s in result.qualification.studies if s.submitted]
    for number, study in enumerate(submitted, start=1):
        found[f"responses/case-study-{number}.txt"] = _case_study_page(partner, study)
    return {name: escape_invisible(text).encode() for name, text in found.items()}


def _response_page(partner: str, control: ControlResult) -> str:
    parts = [("Response", control.narrative)]
    for used in control.third_party:
        said = "\n\n".join(t for t in (used.purpose, used.justification) if t.strip())
        parts.append((f"Third-party service: {_single_line(used.service)}", said))
    return _render_page(f"{control.control}: {control.title}", partner, parts)


def _case_study_page(partner: str, study: StudyResult) -> str:
    parts = [
        ("Customer", study.customer),
        ("Challenge", study.challenge),
        ("Solution", study.solution),
        ("Results", study.results),
        ("Primary service", study.primary_service),
        ("Services", ", ".join(study.services)),
        ("Technology", ", ".join(study.tech_stack)),
        ("Migrated from", study.migrated_from),
    ]
    always = ("Customer", "Challenge", "Solution", "Results")
    return _render_page(
        f"Case study: {study.title or study.slug}",
        partner,
        [(head, text) for head, text in parts if text.strip() or head in always],
    )


def _render_page(title: str, partner: str, parts: Sequence[tuple[str, str]]) -> str:
    title = _single_line(title)
    pages = [f"{title}\n{'=' * min(len(title), 100)}\n\n{_single_line(partner)}"]
    pages += [f"{h}\n{'-' * min(len(h), 100)}\n\n{t.strip(chr(10)) or '(empty)'}" for h, t in parts]
    return "\n\n".join(pages) + "\n"


def _single_line(text: str) -> str:
    return " ".join(text.split())


def render_register(chosen: PackSelection, day: date) -> dict[str, bytes]:
    """Write the register as CSV and JSON; of what is held back it names id and title alone."""
    rows = [_register_row(one, chosen) for one in chosen.looked]
    table = ExportTable(
        "Evidence register", "", day, _COLUMNS, tuple(tuple(map(_csv_cell, r)) for r in rows)
    )
    heads = [name.replace(" ", "_") for name in table.head]
    entries = [dict(zip(heads, row, strict=True)) for row in rows]
    return {
        "evidence-register.csv": render_csv(table),
        "evidence-register.json": encode_json({"evidence": entries}),
    }


def _register_row(one: EvidenceCheck, chosen: PackSelection) -> list[Any]:
    item = one.item
    if one.why == HELD_BACK:
        return [item.id, item.title, HELD_BACK, *[None] * 8, item.confidential, []]
    packed = chosen.names.get(item.file or "")
    return [
        item.id,
        item.title,
        str(one.state),
        packed,
        one.sha256 or None,
        one.size if packed else None,
        item.sha256,
        item.url,
        _iso_day(item.dated),
        _iso_day(item.expires),
        item.customer or None,
        item.confidential,
        list(one.result.serves),
    ]


def _iso_day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _csv_cell(value: Any) -> str | int:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return ""
    return "; ".join(value) if isinstance(value, list) else value


def render_about(result: Result, chosen: PackSelection) -> bytes:
    """Say what the pack is, what is not in it, and how to check it."""
    left_out = [f"{item.id}: {HELD_BACK}" for item in chosen.held_back]
    left_out += [f"{o.item.id}: {o.why}" for o in chosen.troubles if not o.sha256]
    changed = [f"{o.item.id}: {o.why}" for o in chosen.troubles if o.sha256]
    lines = [
        f"Evidence pack: {_single_line(result.profile.partner)}",
        f"Made by calib {result.program} from catalog {result.catalog} {result.catalog_version}.",
        f"Judged as of {result.today}. Content hash: {result.content_hash}",
        "",
        "readiness-report.html, .pdf   the readiness report",
        "result.json                   the same result as data",
        "responses/                    what is submitted, a text for each control and case study",
        "evidence-register.csv, .json  what each piece of evidence is, with its hash",
        "evidence/                     the files",
        f"{CHECKSUMS}                the SHA-256 of everything else in here",
        "",
        f"To check: sha256sum -c {CHECKSUMS}   (Windows: Get-FileHash)",
        "",
        "Not in this pack:" if left_out else "Nothing was left out.",
        *(f"- {_single_line(name)}" for name in left_out),
        *(["", "In this pack, but not as it was registered:"] if changed else []),
        *(f"- {_single_line(name)}" for name in changed),
    ]
    return (escape_invisible("\n".join(lines)) + "\n").encode()
