"""Secrets and personal data in documents are found, wherever in the document they are."""

from __future__ import annotations

import pytest

from calib.documents import Document, Passage, Role, read_document
from calib.model import Outcome
from calib.review.document_secrets import find_private_data_in
from tests.sample_documents import docx_bytes, xlsx_bytes

KEY = "AKIA" + "ABCDEFGH12345678"


def document(*passages: Passage) -> Document:
    return Document("a.pdf", "pdf", readable=True, passages=passages)


def find(*passages: Passage) -> list[tuple[str, Outcome, str]]:
    found = find_private_data_in(document(*passages), "evidence/a.pdf")
    return [(f.message, f.outcome, f.subject.place) for f in found]


def test_a_secret_is_reported_with_its_location():
    found = find(Passage("Nothing here.", "p. 1"), Passage(f"The key is {KEY}.", "p. 3"))
    message = "The document contains an AWS access key id (p. 3)."
    assert found == [(message, Outcome.GAP, "p. 3")]


def test_each_kind_is_reported_once():
    people = [Passage(f"Call person{n}@acme.example.", f"p. {n}") for n in range(1, 7)]
    message = (
        "The document contains an e-mail address 6 times (p. 1, p. 2, p. 3 and 3 other places)."
    )
    assert find(*people) == [(message, Outcome.PARTLY, "p. 1")]


@pytest.mark.parametrize("role", Role)
def test_no_part_of_a_document_is_left_out(role):
    assert find(Passage(KEY, "p. 1", role))


def test_the_heading_of_a_column_counts():
    context = "System: Portal; Password: hunter2-2026"
    cells = [
        Passage("Portal", "sheet A!A2", Role.TABLE, context),
        Passage("hunter2-2026", "sheet A!B2", Role.TABLE, context),
    ]
    message = "The document contains a password (sheet A!B2)."
    assert find(*cells) == [(message, Outcome.GAP, "sheet A!B2")]


def test_the_message_never_repeats_the_secret():
    for finding in find_private_data_in(document(Passage(KEY, "p. 1")), "a.pdf"):
        assert KEY not in finding.model_dump_json()


def test_hidden_sheets_and_comments_are_searched(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def book(workbook):
        sheet = workbook.create_sheet("Accounts")
        sheet.sheet_state = "hidden"
        sheet["C3"] = KEY

    def text(document):
        paragraph = document.add_paragraph("Some text.")
        document.add_comment(paragraph.runs, f"Use {KEY}.", author="Ana")

    (tmp_path / "a.xlsx").write_bytes(xlsx_bytes(book))
    (tmp_path / "a.docx").write_bytes(docx_bytes(text))
    places = [
        finding.subject.place
        for name in ("a.xlsx", "a.docx")
        for finding in find_private_data_in(read_document(tmp_path / name), name)
    ]
    assert places == ["sheet Accounts!C3", "start (comment)"]
