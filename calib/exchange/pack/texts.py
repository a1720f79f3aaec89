"""Render the texts of a pack: the responses, the evidence register, the description."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from calib.exchange.checked_write import encode_json
from calib.exchange.evidence_files import EvidenceCheck
from calib.exchange.pack.select import HELD_BACK, PackSelection
from calib.exchange.table import ExportTable, render_csv
from calib.model import ControlResult, Result, StudyResult
from calib.text import escape_invisible

CHECKSUMS = "sha256sums.txt"
RegisterValue = str | int | bool | list[str] | None
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
    """Render each response and each submitted case study as unformatted text, by file name."""
    partner = result.profile.partner
    pages = {f"responses/{c.control}.txt": _response_page(partner, c) for c in result.controls}
    submitted = [s for s in result.qualification.studies if s.submitted]
    for number, study in enumerate(submitted, start=1):
        pages[f"responses/case-study-{number}.txt"] = _case_study_page(partner, study)
    return {name: escape_invisible(text).encode() for name, text in pages.items()}


def _response_page(partner: str, control: ControlResult) -> str:
    parts = [("Response", control.narrative)]
    for service in control.third_party:
        texts = (service.purpose, service.justification)
        text = "\n\n".join(t for t in texts if t.strip())
        parts.append((f"Third-party service: {_single_line(service.service)}", text))
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
    required = ("Customer", "Challenge", "Solution", "Results")  # shown even if empty
    return _render_page(
        f"Case study: {study.title or study.slug}",
        partner,
        [(head, text) for head, text in parts if text.strip() or head in required],
    )


def _render_page(title: str, partner: str, parts: Sequence[tuple[str, str]]) -> str:
    title = _single_line(title)
    pages = [f"{title}\n{'=' * min(len(title), 100)}\n\n{_single_line(partner)}"]
    pages += [f"{h}\n{'-' * min(len(h), 100)}\n\n{t.strip(chr(10)) or '(empty)'}" for h, t in parts]
    return "\n\n".join(pages) + "\n"


def _single_line(text: str) -> str:
    return " ".join(text.split())


def render_register(selection: PackSelection, day: date) -> dict[str, bytes]:
    """Render the register as CSV and JSON; entries held back show their id and title only."""
    rows = [_register_row(check, selection) for check in selection.checks]
    cells = tuple(tuple(map(_csv_cell, row)) for row in rows)
    table = ExportTable("Evidence register", "", day, _COLUMNS, cells)
    keys = [name.replace(" ", "_") for name in table.header]
    entries = [dict(zip(keys, row, strict=True)) for row in rows]
    return {
        "evidence-register.csv": render_csv(table),
        "evidence-register.json": encode_json({"evidence": entries}),
    }


def _register_row(check: EvidenceCheck, selection: PackSelection) -> list[RegisterValue]:
    item = check.item
    if check.why == HELD_BACK:
        return [item.id, item.title, HELD_BACK, *[None] * 8, item.confidential, []]
    member = selection.member_names.get(item.file or "")
    return [
        item.id,
        item.title,
        str(check.state),
        member,
        check.sha256 or None,
        check.size if member else None,
        item.sha256,
        item.url,
        _iso_day(item.dated),
        _iso_day(item.expires),
        item.customer or None,
        item.confidential,
        list(check.result.serves),
    ]


def _iso_day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _csv_cell(value: RegisterValue) -> str | int:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return ""
    return "; ".join(value) if isinstance(value, list) else value


def render_about(result: Result, selection: PackSelection) -> bytes:
    """Render the description: the contents, omissions and how to verify the checksums."""
    left_out = [f"{item.id}: {HELD_BACK}" for item in selection.held_back]
    left_out += [f"{c.item.id}: {c.why}" for c in selection.problems if not c.sha256]
    changed = [f"{c.item.id}: {c.why}" for c in selection.problems if c.sha256]
    lines = [
        f"Evidence pack: {_single_line(result.profile.partner)}",
        f"Made by calib {result.program} from catalog {result.catalog} {result.catalog_version}.",
        f"Assessed as of {result.today}. Content hash: {result.content_hash}",
        "",
        "readiness-report.html, .pdf   the readiness report",
        "result.json                   the same result as data",
        "responses/                    the submitted texts, one per control and case study",
        "evidence-register.csv, .json  the evidence entries with their hashes",
        "evidence/                     the files",
        f"{CHECKSUMS}                the SHA-256 of every other file in this pack",
        "",
        f"To verify: sha256sum -c {CHECKSUMS}   (Windows: Get-FileHash)",
        "",
        "Not in this pack:" if left_out else "Nothing was left out.",
        *(f"- {_single_line(name)}" for name in left_out),
        *(["", "In this pack, but changed since registration:"] if changed else []),
        *(f"- {_single_line(name)}" for name in changed),
    ]
    return (escape_invisible("\n".join(lines)) + "\n").encode()
