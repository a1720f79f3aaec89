"""The texts of a pack: the responses, the evidence register, and what the pack is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from calib.exchange.checked_write import json_bytes
from calib.exchange.evidence_files import Looked
from calib.exchange.pack.select import HELD_BACK, Selection
from calib.exchange.table import Table, as_csv
from calib.model import ControlResult, Result, StudyResult
from calib.text import visible

SUMS = "sha256sums.txt"
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


def responses(result: Result) -> dict[str, bytes]:
    """Write each response and each submitted case study as plain text, as it was typed."""
    partner = result.profile.partner
    found = {f"responses/{c.control}.txt": _response(partner, c) for c in result.controls}
    submitted = [s for s in result.qualification.studies if s.submitted]
    for number, study in enumerate(submitted, start=1):
        found[f"responses/case-study-{number}.txt"] = _study(partner, study)
    return {name: visible(text).encode() for name, text in found.items()}


def _response(partner: str, control: ControlResult) -> str:
    parts = [("Response", control.narrative)]
    for used in control.third_party:
        said = "\n\n".join(t for t in (used.purpose, used.justification) if t.strip())
        parts.append((f"Third-party service: {_line(used.service)}", said))
    return _page(f"{control.control}: {control.title}", partner, parts)


def _study(partner: str, study: StudyResult) -> str:
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
    return _page(
        f"Case study: {study.title or study.slug}",
        partner,
        [(head, text) for head, text in parts if text.strip() or head in always],
    )


def _page(title: str, partner: str, parts: Sequence[tuple[str, str]]) -> str:
    title = _line(title)
    pages = [f"{title}\n{'=' * min(len(title), 100)}\n\n{_line(partner)}"]
    pages += [f"{h}\n{'-' * min(len(h), 100)}\n\n{t.strip(chr(10)) or '(empty)'}" for h, t in parts]
    return "\n\n".join(pages) + "\n"


def _line(text: str) -> str:
    return " ".join(text.split())


def register(chosen: Selection, day: date) -> dict[str, bytes]:
    """Write the register as CSV and JSON; of what is held back it names id and title alone."""
    rows = [_entry(one, chosen) for one in chosen.looked]
    table = Table("Evidence register", "", day, _COLUMNS, tuple(tuple(map(_cell, r)) for r in rows))
    heads = [name.replace(" ", "_") for name in table.head]
    entries = [dict(zip(heads, row, strict=True)) for row in rows]
    return {
        "evidence-register.csv": as_csv(table),
        "evidence-register.json": json_bytes({"evidence": entries}),
    }


def _entry(one: Looked, chosen: Selection) -> list[Any]:
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
        _day(item.dated),
        _day(item.expires),
        item.customer or None,
        item.confidential,
        list(one.result.serves),
    ]


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _cell(value: Any) -> str | int:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return ""
    return "; ".join(value) if isinstance(value, list) else value


def about(result: Result, chosen: Selection) -> bytes:
    """Say what the pack is, what is not in it, and how to check it."""
    left_out = [f"{item.id}: {HELD_BACK}" for item in chosen.held_back]
    left_out += [f"{o.item.id}: {o.why}" for o in chosen.troubles if not o.sha256]
    changed = [f"{o.item.id}: {o.why}" for o in chosen.troubles if o.sha256]
    lines = [
        f"Evidence pack: {_line(result.profile.partner)}",
        f"Made by calib {result.program} from catalog {result.catalog} {result.catalog_version}.",
        f"Judged as of {result.today}. Content hash: {result.content_hash}",
        "",
        "readiness-report.html, .pdf   the readiness report",
        "result.json                   the same result as data",
        "responses/                    what is submitted, a text for each control and case study",
        "evidence-register.csv, .json  what each piece of evidence is, with its hash",
        "evidence/                     the files",
        f"{SUMS}                the SHA-256 of everything else in here",
        "",
        f"To check: sha256sum -c {SUMS}   (Windows: Get-FileHash)",
        "",
        "Not in this pack:" if left_out else "Nothing was left out.",
        *(f"- {_line(name)}" for name in left_out),
        *(["", "In this pack, but not as it was registered:"] if changed else []),
        *(f"- {_line(name)}" for name in changed),
    ]
    return (visible("\n".join(lines)) + "\n").encode()
