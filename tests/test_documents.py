"""Documents are read into passages with exact locations."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner

from calib.cli import main
from calib.documents import Role, read_document, read_documents
from calib.documents.dates import find_dates
from calib.documents.encodings import decode_text
from calib.documents.reading import page_list
from calib.documents.sections import section_name
from tests.sample_documents import (
    CHANGES,
    TEXT_BOX,
    W,
    add_footnotes,
    add_xml,
    docx_bytes,
    flow_pdf,
    mail_bytes,
    pdf_bytes,
    pptx_bytes,
    scanned_pdf,
    text_pdf,
    xlsx_bytes,
    zip_bytes,
)

PROSE = (
    "The model owner reviews each release against the golden set and records the result. "
    "A release that falls below the gate is rolled back on the same day by the engineer on call. "
)


@pytest.fixture(autouse=True, scope="module")
def _private_cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


# --- Word ---


def handbook(document):
    document.core_properties.author = "Ana Silva"
    document.add_heading("Delivery handbook", 0)
    document.add_paragraph("Version: 3.2")
    document.add_paragraph("Status: Draft")
    document.add_paragraph("Valid until: 31 December 2026")
    document.add_heading("Scope", 1)
    document.add_paragraph("It applies to all projects.")
    document.add_heading("2.1 Rollback", 2)
    document.add_paragraph("We roll back within an hour.")
    add_footnotes(document, ["Measured since May 2025."])
    table = document.add_table(rows=0, cols=3)
    for row in (("Metric", "Target", "Actual"), ("Faithfulness", "0.90", "0.93")):
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    add_xml(document, CHANGES)
    paragraph = document.add_paragraph("Prompts are versioned.")
    document.add_comment(paragraph.runs, "Is this still true?", author="Ben")
    from docx.oxml import parse_xml

    paragraph._p.append(parse_xml(TEXT_BOX.format(text="Guardrails block personal data.")))
    document.sections[0].header.paragraphs[0].text = "Acme, confidential"
    document.sections[0].footer.paragraphs[0].text = "Handbook v3.2"


HANDBOOK = [
    ("header", "Acme, confidential", "header"),
    ("heading", "Delivery handbook", "start"),
    ("body", "Version: 3.2", "start"),
    ("body", "Status: Draft", "start"),
    ("body", "Valid until: 31 December 2026", "start"),
    ("heading", "Scope", 'section "Scope"'),
    ("body", "It applies to all projects.", 'section "Scope"'),
    ("heading", "2.1 Rollback", "section 2.1"),
    ("body", "We roll back within an hour.", "section 2.1"),
    ("footnote", "Measured since May 2025.", "section 2.1 (footnote)"),
    ("table", "Metric | Target | Actual", "section 2.1"),
    ("table", "Faithfulness | 0.90 | 0.93", "section 2.1"),
    ("body", "Releases need two reviews.", "section 2.1"),
    ("deleted", "no review", "section 2.1 (deleted text)"),
    ("body", "Prompts are versioned.", "section 2.1"),
    ("text box", "Guardrails block personal data.", "section 2.1 (text box)"),
    ("comment", "Is this still true?", "section 2.1 (comment)"),
    ("footer", "Handbook v3.2", "footer"),
]


def numbered_headings(document):
    """Headings whose numbers Word computes from a list of several levels."""
    from docx.oxml import parse_xml

    levels = "".join(
        f'<w:lvl w:ilvl="{n}"><w:start w:val="1"/><w:numFmt w:val="decimal"/>'
        f'<w:pStyle w:val="Heading{n + 1}"/><w:lvlText w:val="{text}"/></w:lvl>'
        for n, text in enumerate(("%1", "%1.%2"))
    )
    numbering = document.part.numbering_part.element
    numbering.insert(
        0, parse_xml(f'<w:abstractNum xmlns:w="{W}" w:abstractNumId="77">{levels}</w:abstractNum>')
    )
    numbering.append(
        parse_xml(f'<w:num xmlns:w="{W}" w:numId="77"><w:abstractNumId w:val="77"/></w:num>')
    )
    for style in ("Heading 1", "Heading 2"):
        properties = document.styles[style].element.get_or_add_pPr()
        properties.append(parse_xml(f'<w:numPr xmlns:w="{W}"><w:numId w:val="77"/></w:numPr>'))
    for text, level in (("Scope", 1), ("Roles", 1), ("Owner", 2), ("Deputy", 2)):
        document.add_heading(text, level)
        document.add_paragraph(f"About {text.lower()}.")


def layout_table(document):
    """A page inside a table of one cell, merged cells, and a bold line as a heading."""
    table = document.add_table(rows=1, cols=1)
    cell = table.rows[0].cells[0]
    cell.paragraphs[0].text = "All of this is in a frame."
    cell.add_paragraph("Second paragraph.")
    document.add_paragraph().add_run("Escalation").bold = True
    document.add_paragraph("The owner decides.")
    table = document.add_table(rows=2, cols=2)
    table.cell(0, 0).merge(table.cell(0, 1)).text = "Roles"
    table.cell(1, 0).text, table.cell(1, 1).text = "Owner", "Ana"


def moved_and_hidden(document):
    add_xml(
        document,
        f'<w:p xmlns:w="{W}"><w:moveFrom w:id="3"><w:r><w:t>Old place.</w:t></w:r></w:moveFrom>'
        "<w:r><w:rPr><w:vanish/></w:rPr><w:t>Hidden.</w:t></w:r>"
        "<w:hyperlink><w:r><w:t>A link</w:t></w:r></w:hyperlink>"
        '<w:r><w:instrText>PAGE</w:instrText></w:r><w:r><w:t xml:space="preserve"> in text.</w:t></w:r></w:p>',
    )
    add_xml(
        document,
        f'<w:p xmlns:w="{W}"><w:pPr><w:rPr><w:del w:id="4"/></w:rPr></w:pPr><w:r><w:t>One </w:t></w:r></w:p>',
    )
    document.add_paragraph("sentence.")
    add_xml(
        document,
        f'<w:sdt xmlns:w="{W}"><w:sdtContent><w:p><w:r><w:t>In a control.</w:t></w:r></w:p></w:sdtContent></w:sdt>',
    )


# --- PowerPoint ---


def deck(presentation):
    from pptx.util import Inches

    slide = presentation.slides.add_slide(presentation.slide_layouts[1])
    slide.shapes.title.text = "Operations"
    slide.placeholders[1].text = "Alerts go to the on-call engineer."
    slide.notes_slide.notes_text_frame.text = "Mention the new rota."
    slide = presentation.slides.add_slide(presentation.slide_layouts[6])
    lower = slide.shapes.add_textbox(Inches(1), Inches(5), Inches(2), Inches(1))
    lower.text_frame.text = "Below"
    upper = slide.shapes.add_textbox(Inches(1), Inches(1), Inches(2), Inches(1))
    upper.text_frame.text = "Above"
    group = slide.shapes.add_group_shape()
    inner = group.shapes.add_group_shape().shapes.add_textbox(0, Inches(6), Inches(1), Inches(1))
    inner.text_frame.text = "In a group in a group"
    table = slide.shapes.add_table(2, 2, Inches(3), Inches(6.5), Inches(3), Inches(1)).table
    for index, text in enumerate(("Risk", "Owner", "Drift", "Cleo")):
        table.cell(index // 2, index % 2).text = text


DECK = [
    ("heading", "Operations", "slide 1"),
    ("body", "Alerts go to the on-call engineer.", "slide 1"),
    ("note", "Mention the new rota.", "slide 1 notes"),
    ("body", "Above", "slide 2"),
    ("body", "Below", "slide 2"),
    ("body", "In a group in a group", "slide 2"),
    ("table", "Risk | Owner", "slide 2"),
    ("table", "Drift | Cleo", "slide 2"),
]


def chart_deck(presentation):
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE

    data = CategoryChartData()
    data.categories = ["Q1", "Q2"]
    data.add_series("Faithfulness", (0.9, 0.93))
    slide = presentation.slides.add_slide(presentation.slide_layouts[6])
    slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, 0, 0, 3_000_000, 2_000_000, data)


A = "http://schemas.openxmlformats.org/drawingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
P = "http://schemas.openxmlformats.org/presentationml/2006/main"
DIAGRAM = "http://schemas.openxmlformats.org/drawingml/2006/diagram"


def diagram_deck(presentation):
    """A SmartArt diagram and a comment, which are in parts of their own."""
    from pptx.opc.package import Part
    from pptx.opc.packuri import PackURI
    from pptx.oxml import parse_xml

    slide = presentation.slides.add_slide(presentation.slide_layouts[6])

    def relate(name: str, kind: str, xml: str) -> str:
        part = Part(PackURI(name), "application/xml", presentation.part.package, xml.encode())
        return slide.part.relate_to(part, f"{R}/{kind}")

    data = relate(
        "/ppt/diagrams/data1.xml",
        "diagramData",
        f'<dgm:dataModel xmlns:dgm="{DIAGRAM}" xmlns:a="{A}"><a:p><a:r><a:t>Collect</a:t></a:r></a:p>'
        "<a:p><a:r><a:t>Review</a:t></a:r></a:p></dgm:dataModel>",
    )
    frame = (
        f'<p:graphicFrame xmlns:p="{P}" xmlns:a="{A}" xmlns:r="{R}"><p:nvGraphicFramePr>'
        '<p:cNvPr id="9" name="Diagram"/><p:cNvGraphicFramePr/><p:nvPr/></p:nvGraphicFramePr>'
        '<p:xfrm><a:off x="0" y="0"/><a:ext cx="9" cy="9"/></p:xfrm><a:graphic>'
        f'<a:graphicData uri="{DIAGRAM}"><dgm:relIds xmlns:dgm="{DIAGRAM}" r:dm="{data}"/>'
        "</a:graphicData></a:graphic></p:graphicFrame>"
    )
    slide.shapes._spTree.append(parse_xml(frame))
    relate(
        "/ppt/comments/comment1.xml",
        "comments",
        f'<p:cmLst xmlns:p="{P}"><p:cm><p:text>Who reviews?</p:text></p:cm></p:cmLst>',
    )


# --- Excel and CSV ---


def register(book):
    from datetime import date

    from openpyxl.comments import Comment

    sheet = book.active
    sheet.title = "Risks"
    sheet["A1"], sheet["B1"], sheet["C1"] = "Risk", "Measure", "Rate"
    sheet["A2"], sheet["B2"], sheet["C2"] = "Drift", "Weekly test", 0.935
    sheet["C2"].number_format = "0.0%"
    sheet["B7"] = date(2026, 3, 5)
    sheet["B2"].comment = Comment("Since May.", "Ana")
    hidden = book.create_sheet("Old values")
    hidden.sheet_state = "hidden"
    hidden["D4"] = "retired"


REGISTER = [
    ("table", "Risk", "sheet Risks!A1"),
    ("table", "Measure", "sheet Risks!B1"),
    ("table", "Rate", "sheet Risks!C1"),
    ("table", "Drift", "sheet Risks!A2"),
    ("table", "Weekly test", "sheet Risks!B2"),
    ("table", "93.5%", "sheet Risks!C2"),
    ("table", "2026-03-05", "sheet Risks!B7"),
    ("table", "retired", "sheet Old values!D4"),
    ("comment", "Since May.", "sheet Risks!B2 (comment)"),
]
CSV = 'Risk,Owner\nDrift,"Ana,\nBen"\n\nBias,Cleo\n'
CSV_ROWS = [
    ("table", "Risk | Owner", "row 1"),
    ("table", "Drift | Ana, Ben", "row 2"),
    ("table", "Bias | Cleo", "row 4"),
]

# --- text ---

MARKDOWN = """\
---
version: 1.4
---
Before any heading.

# Runbook
<!-- not for readers -->
The on-call engineer
rolls back.

2.1 Rota
--------
- Ana
- Ben

| Severity | Response |
|---|---|
| P1 | 15 min |

```
kubectl rollout undo
```
"""
MARKDOWN_PASSAGES = [
    ("body", "version: 1.4", "start"),
    ("body", "Before any heading.", "start"),
    ("heading", "Runbook", 'section "Runbook"'),
    ("body", "The on-call engineer rolls back.", 'section "Runbook"'),
    ("heading", "2.1 Rota", "section 2.1"),
    ("body", "- Ana", "section 2.1"),
    ("body", "- Ben", "section 2.1"),
    ("table", "Severity | Response", "section 2.1"),
    ("table", "P1 | 15 min", "section 2.1"),
    ("body", "kubectl rollout undo", "section 2.1"),
]
TEXT = (
    "An introduction\nof two lines.\n\n1.2 Rollback\n\nWithin an hour.\n\nESCALATION\n\nCall Ana.\n"
)
TEXT_PASSAGES = [
    ("body", "An introduction of two lines.", "start"),
    ("heading", "1.2 Rollback", "section 1.2"),
    ("body", "Within an hour.", "section 1.2"),
    ("heading", "ESCALATION", 'section "ESCALATION"'),
    ("body", "Call Ana.", 'section "ESCALATION"'),
]
HTML = """<!doctype html><html><head><title>Wiki</title><style>p{}</style></head><body>
<header>Acme wiki</header><p>Intro<script>alert(1)</script> text.</p><h2>Rollback</h2>
<p style="display: none">Invisible.</p><ul><li>First <b>step</b></li><li>Second<br>step</li></ul>
<table><tr><th>Who</th><th>What</th></tr><tr><td>Ana</td><td>decides</td></tr></table>
<p>We <del>may</del> roll back.</p><footer>Page owner: Ben</footer></body></html>"""
HTML_PASSAGES = [
    ("header", "Acme wiki", "header"),
    ("body", "Intro text.", "start"),
    ("heading", "Rollback", 'section "Rollback"'),
    ("body", "First step", 'section "Rollback"'),
    ("body", "Second\nstep", 'section "Rollback"'),
    ("table", "Who | What", 'section "Rollback"'),
    ("table", "Ana | decides", 'section "Rollback"'),
    ("deleted", "may", 'section "Rollback" (deleted text)'),
    ("body", "We roll back.", 'section "Rollback"'),
    ("footer", "Page owner: Ben", "footer"),
]

# --- mail and archives ---

MAIL = partial(
    mail_bytes,
    "The customer has accepted the pilot.\n\nRegards, Ana\n",
    Subject="Acceptance",
    From="Ana <ana@acme.example>",
    Date="Thu, 05 Mar 2026 10:00:00 +0100",
)
MAIL_PASSAGES = [
    ("heading", "Subject: Acceptance", "header"),
    ("header", "From: Ana <ana@acme.example>", "header"),
    ("header", "Date: Thu, 05 Mar 2026 10:00:00 +0100", "header"),
    ("body", "The customer has accepted the pilot.", "body"),
    ("body", "Regards, Ana", "body"),
]

# --- PDF ---


def running_lines(canvas):
    for number in range(1, 4):
        canvas.drawString(72, 810, "Acme handbook v3.2")
        canvas.drawString(72, 30, f"Page {number} of 3")
        canvas.setFont("Helvetica-Bold", 16)
        canvas.drawString(72, 700, f"{number}. Chapter")
        canvas.setFont("Helvetica", 11)
        canvas.drawString(72, 670, f"Text of chapter {number} is here, on one line of the page.")
        canvas.showPage()


def long_table(canvas):
    """A table of numbers that fills three pages up to their margins."""
    for page in range(3):
        for row in range(50):
            number = page * 50 + row
            canvas.drawString(72, 800 - 16 * row, f"2026-01-{row % 28 + 1:02}")
            canvas.drawString(200, 800 - 16 * row, str(400 + number * 7 % 90))
            canvas.drawString(300, 800 - 16 * row, f"0.{900 + number % 70}")
        canvas.showPage()


def test_rows_in_the_margin_are_not_running_lines(tmp_path):
    document = read_bytes(tmp_path, "table.pdf", pdf_bytes(long_table))
    assert {p.role.value for p in document.passages} == {"table"}
    assert len(document.passages) == 150


RUNNING = [
    ("header", "Acme handbook v3.2", "p. 1"),
    ("footer", "Page 1 of 3", "p. 1"),
    ("heading", "1. Chapter", "p. 1"),
    ("body", "Text of chapter 1 is here, on one line of the page.", "p. 1"),
    ("heading", "2. Chapter", "p. 2"),
    ("body", "Text of chapter 2 is here, on one line of the page.", "p. 2"),
    ("heading", "3. Chapter", "p. 3"),
    ("body", "Text of chapter 3 is here, on one line of the page.", "p. 3"),
]


def broken_sentence(canvas):
    canvas.drawString(72, 100, "The first page ends. The gate is 0.90 and the")
    canvas.showPage()
    canvas.drawString(72, 700, "owner signs each release. A second sentence, whole on this page.")
    canvas.showPage()


def hyphenated(canvas):
    for y, text in (
        (700, "Every release is docu-"),
        (688, "mented in a risk-"),
        (676, "Based table."),
    ):
        canvas.drawString(72, y, text)


def landscape(canvas):
    """A page whose content is turned, as spreadsheet programs print wide tables."""
    canvas.setPageRotation(90)
    canvas.translate(595, 0)
    canvas.rotate(90)
    canvas.drawString(72, 500, "First line of the wide page")
    canvas.drawString(72, 480, "Second line of the wide page.")


def watermark(canvas):
    canvas.drawString(72, 700, "The policy is in force.")
    canvas.saveState()
    canvas.translate(200, 300)
    canvas.rotate(45)
    canvas.setFont("Helvetica", 60)
    canvas.drawString(0, 0, "DRAFT")
    canvas.restoreState()


def annotated(canvas):
    canvas.drawString(72, 700, "Approved on the page.")
    canvas.textAnnotation("Is this the last version?", Rect=[50, 50, 70, 70], Subtype="Text")
    canvas.freeTextAnnotation("Stamp: reviewed", "/Helv 9 Tf", Rect=[50, 90, 90, 99])
    canvas.acroForm.textfield(name="owner", value="Ana Silva", x=72, y=600)


def pdf_paragraphs(*texts):
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.platypus import Paragraph

    style = getSampleStyleSheet()["BodyText"]
    return [Paragraph(text, style) for text in texts]


def two_columns():
    texts = [f"Paragraph {n}. {PROSE * 3}" for n in range(6)]
    frames = ((60, 60, 225, 560), (310, 60, 225, 560))

    def title(canvas, _document):
        canvas.setFont("Helvetica-Bold", 16)
        canvas.drawString(60, 700, "A heading that is as wide as both columns")

    return flow_pdf(pdf_paragraphs(*texts), frames, title)


TWO_COLUMNS = [
    ("heading", "A heading that is as wide as both columns", "p. 1"),
    *(("body", f"Paragraph {n}. {(PROSE * 3).strip()}", "p. 1") for n in range(6)),
]


def pdf_table(*, ruled: bool):
    from reportlab.platypus import Table

    rows = [
        ["Risk", "Measure", "Rate"],
        ["Hallucination", pdf_paragraphs(PROSE)[0], "0.93"],
        ["Drift", "Weekly test", "0.88"],
    ]
    style = [("GRID", (0, 0), (-1, -1), 0.5, "black")] if ruled else []
    style.append(("VALIGN", (0, 0), (-1, -1), "TOP"))
    return flow_pdf([*pdf_paragraphs(PROSE), Table(rows, [90, 250, 60], style=style)])


PDF_TABLE = [
    ("body", PROSE.strip(), "p. 1"),
    ("table", "Risk | Measure | Rate", "p. 1"),
    ("table", f"Hallucination | {PROSE.strip()} | 0.93", "p. 1"),
    ("table", "Drift | Weekly test | 0.88", "p. 1"),
]


def line_up(*lines: str):
    def draw(canvas):
        for number, line in enumerate(lines):
            canvas.drawString(72, 700 - 40 * number, line)

    return pdf_bytes(draw)


EXAMPLES = {
    "handbook.docx": (lambda: docx_bytes(handbook), HANDBOOK),
    "numbered.docx": (
        lambda: docx_bytes(numbered_headings),
        [
            ("heading", "1 Scope", "section 1"),
            ("body", "About scope.", "section 1"),
            ("heading", "2 Roles", "section 2"),
            ("body", "About roles.", "section 2"),
            ("heading", "2.1 Owner", "section 2.1"),
            ("body", "About owner.", "section 2.1"),
            ("heading", "2.2 Deputy", "section 2.2"),
            ("body", "About deputy.", "section 2.2"),
        ],
    ),
    "layout.docx": (
        lambda: docx_bytes(layout_table),
        [
            ("body", "All of this is in a frame.", "start"),
            ("body", "Second paragraph.", "start"),
            ("heading", "Escalation", 'section "Escalation"'),
            ("body", "The owner decides.", 'section "Escalation"'),
            ("table", "Roles", 'section "Escalation"'),
            ("table", "Owner | Ana", 'section "Escalation"'),
        ],
    ),
    "changes.docx": (
        lambda: docx_bytes(moved_and_hidden),
        [
            ("body", "A link in text.", "start"),
            ("deleted", "Old place.", "start (deleted text)"),
            ("body", "One sentence.", "start"),
            ("body", "In a control.", "start"),
        ],
    ),
    "deck.pptx": (lambda: pptx_bytes(deck), DECK),
    "chart.pptx": (
        lambda: pptx_bytes(chart_deck),
        [("table", "Faithfulness | 0.9 | 0.93", "slide 1")],
    ),
    "diagram.pptx": (
        lambda: pptx_bytes(diagram_deck),
        [
            ("body", "Collect", "slide 1"),
            ("body", "Review", "slide 1"),
            ("comment", "Who reviews?", "slide 1 (comment)"),
        ],
    ),
    "register.xlsx": (lambda: xlsx_bytes(register), REGISTER),
    "comma.csv": (CSV.encode, CSV_ROWS),
    "semicolon.csv": (
        lambda: "Risk;Owner\nDrift;José\n".encode("cp1252"),
        [("table", "Risk | Owner", "row 1"), ("table", "Drift | José", "row 2")],
    ),
    "tabs.tsv": (
        lambda: "Risk\tOwner\nDrift\tAna".encode("utf-16"),
        [("table", "Risk | Owner", "row 1"), ("table", "Drift | Ana", "row 2")],
    ),
    "runbook.md": (MARKDOWN.encode, MARKDOWN_PASSAGES),
    "notes.txt": (TEXT.encode, TEXT_PASSAGES),
    "dos.txt": (lambda: TEXT.replace("\n", "\r\n").encode("utf-16-le"), TEXT_PASSAGES),
    "page.html": (HTML.encode, HTML_PASSAGES),
    "mail.eml": (
        lambda: MAIL(
            attachments={
                "report.pdf": text_pdf("First page.", "All tests passed."),
                "a.csv": b"a,b\n",
            }
        ),
        [
            *MAIL_PASSAGES,
            ("body", "First page.", "report.pdf: p. 1"),
            ("body", "All tests passed.", "report.pdf: p. 2"),
            ("table", "a | b", "a.csv: row 1"),
        ],
    ),
    "html.eml": (
        lambda: mail_bytes("", html="<h1>Hello</h1><p>We agree.</p>", Subject="Re: terms"),
        [
            ("heading", "Subject: Re: terms", "header"),
            ("heading", "Hello", "body"),
            ("body", "We agree.", "body"),
        ],
    ),
    "pack.zip": (
        lambda: zip_bytes(
            {
                "b/deck.pptx": pptx_bytes(deck),
                "a.md": b"# Scope\n\nAll projects.\n",
                "mail.eml": MAIL(attachments={"t.txt": b"Attached text."}),
                "__MACOSX/a.md": b"no",
            }
        ),
        [
            ("heading", "Scope", 'a.md: section "Scope"'),
            ("body", "All projects.", 'a.md: section "Scope"'),
            *((role, text, f"b/deck.pptx: {where}") for role, text, where in DECK),
            *((role, text, f"mail.eml: {where}") for role, text, where in MAIL_PASSAGES),
            ("body", "Attached text.", "mail.eml: t.txt: start"),
        ],
    ),
    "running.pdf": (lambda: pdf_bytes(running_lines), RUNNING),
    "sentence.pdf": (
        lambda: pdf_bytes(broken_sentence),
        [
            (
                "body",
                "The first page ends. The gate is 0.90 and the owner signs each release.",
                "p. 1",
            ),
            ("body", "A second sentence, whole on this page.", "p. 2"),
        ],
    ),
    "hyphens.pdf": (
        lambda: pdf_bytes(hyphenated),
        [("body", "Every release is documented in a risk-Based table.", "p. 1")],
    ),
    "landscape.pdf": (
        lambda: pdf_bytes(landscape),
        [("body", "First line of the wide page Second line of the wide page.", "p. 1")],
    ),
    "watermark.pdf": (
        lambda: pdf_bytes(watermark),
        [
            ("text box", "DRAFT", "p. 1 (text box)"),
            ("body", "The policy is in force.", "p. 1"),
        ],
    ),
    "annotated.pdf": (
        lambda: pdf_bytes(annotated),
        [
            ("body", "Approved on the page.", "p. 1"),
            ("comment", "Is this the last version?", "p. 1 (comment)"),
            ("text box", "Stamp: reviewed", "p. 1 (text box)"),
            ("body", "Ana Silva", "p. 1"),
        ],
    ),
    "columns.pdf": (two_columns, TWO_COLUMNS),
    "ruled.pdf": (lambda: pdf_table(ruled=True), PDF_TABLE),
    "unruled.pdf": (lambda: pdf_table(ruled=False), PDF_TABLE),
}


@pytest.fixture(scope="module")
def documents(tmp_path_factory):
    folder = tmp_path_factory.mktemp("documents")
    paths = []
    for name, (build, _) in EXAMPLES.items():
        paths.append(folder / name)
        paths[-1].write_bytes(build())
    return dict(zip(EXAMPLES, read_documents(paths), strict=True))


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_passage_has_its_location(documents, name):
    document = documents[name]
    assert document.readable
    assert document.why == ""
    found = [(p.role.value, p.text, p.where) for p in document.passages]
    assert found == EXAMPLES[name][1]


def read_bytes(tmp_path, name: str, data: bytes):
    path = tmp_path / name
    path.write_bytes(data)
    return read_document(path)


def test_rows_and_cells_know_their_headings(documents):
    contexts = {
        (name, p.where, p.text): p.context for name, d in documents.items() for p in d.passages
    }
    row = "Risk: Drift; Measure: Weekly test; Rate: 93.5%"
    assert contexts["register.xlsx", "sheet Risks!B2", "Weekly test"] == row
    assert contexts["comma.csv", "row 4", "Bias | Cleo"] == "Risk: Bias; Owner: Cleo"
    assert contexts["ruled.pdf", "p. 1", "Drift | Weekly test | 0.88"] == (
        "Risk: Drift; Measure: Weekly test; Rate: 0.88"
    )
    assert contexts["deck.pptx", "slide 2", "Drift | Cleo"] == "Risk: Drift; Owner: Cleo"
    assert contexts["runbook.md", "section 2.1", "P1 | 15 min"] == "Severity: P1; Response: 15 min"


FACTS = [
    ("handbook.docx", ("author", "Ana Silva", "properties")),
    ("handbook.docx", ("title", "Delivery handbook", "start")),
    ("handbook.docx", ("version", "3.2", "start")),
    ("handbook.docx", ("status", "draft", "start")),
    ("handbook.docx", ("expires", "2026-12-31", "start")),
    ("handbook.docx", ("version", "3.2", "footer")),
    ("deck.pptx", ("title", "Operations", "slide 1")),
    ("register.xlsx", ("hidden sheet", "Old values", "sheet Old values")),
    ("runbook.md", ("version", "1.4", "start")),
    ("mail.eml", ("dated", "2026-03-05", "header")),
    ("running.pdf", ("version", "3.2", "p. 1")),
    ("watermark.pdf", ("status", "draft", "p. 1 (text box)")),
]


@pytest.mark.parametrize(("name", "fact"), FACTS, ids=str)
def test_facts_are_found_with_their_location(documents, name, fact):
    found = [(f.field, f.value, f.where) for f in documents[name].metadata]
    assert fact in found


LINES = [
    ("Version: 2.1   Date: 5 March 2026   Owner: Ana Silva", {"version": "2.1", "dated": "2026-03-05", "owner": "Ana Silva"}),
    ("Last reviewed: 12 January 2026. Status: Approved.", {"dated": "2026-01-12", "status": "approved"}),
    ("Approved by: Ben Roth", {"owner": "Ben Roth"}),
    ("Prepared for: Contoso Ltd", {"customer": "Contoso Ltd"}),
    ("Expires on 31.12.2026", {"expires": "2026-12-31"}),
    ("Effective 03/04/2026", {"dated": "03/04/2026"}),
    ("Model card v1.3 (draft)", {"version": "1.3", "status": "draft"}),
    ("March 2026", {"dated": "March 2026"}),
    ("The release takes 3 days and 4 people.", {}),
    ("In 2024 we had 12 incidents.", {}),
]  # fmt: skip


@pytest.mark.parametrize(("line", "facts"), LINES, ids=lambda x: str(x)[:40])
def test_facts_in_a_line(tmp_path, line, facts):
    document = read_bytes(tmp_path, "line.txt", f"{line}\n\n{PROSE}\n".encode())
    found = {f.field: f.value for f in document.metadata if f.field != "title"}
    assert found == facts


TABLES = [
    ("| Version | 3.2 |\n|---|---|\n| Owner | Ana |\n", {"version": "3.2", "owner": "Ana"}),
    ("| Version | 3.2 | Date | 5 March 2026 |\n|---|---|---|---|\n", {"version": "3.2", "dated": "2026-03-05"}),
    ("| Owner | Measure |\n|---|---|\n| Ana | Filter |\n", {}),
    ("| Customer | Owner | Version | Date |\n|---|---|---|---|\n| Lumi | Ana | 4 | 2026-03-05 |\n", {}),
]  # fmt: skip


@pytest.mark.parametrize(("table", "facts"), TABLES, ids=lambda x: str(x)[:30])
def test_tables_of_data_state_nothing_about_the_document(tmp_path, table, facts):
    document = read_bytes(tmp_path, "table.md", table.encode())
    assert {f.field: f.value for f in document.metadata} == facts


def test_a_sheet_of_labels_and_values(tmp_path):
    def build(book):
        for row in (("Title", "Register"), ("Version", "1.4"), ("Owner", "Ana Silva")):
            book.active.append(row)

    document = read_bytes(tmp_path, "labels.xlsx", xlsx_bytes(build))
    found = [(f.field, f.value, f.where) for f in document.metadata if f.where != "properties"]
    assert found == [
        ("title", "Register", "sheet Sheet!B1"),
        ("version", "1.4", "sheet Sheet!B2"),
        ("owner", "Ana Silva", "sheet Sheet!B3"),
    ]


def test_a_table_of_versions_gives_all_of_them(tmp_path):
    data = (
        b"| Version | Date | Author |\n|---|---|---|\n"
        b"| 1.0 | 2025-01-05 | Ana |\n| 1.1 | 2026-02-07 | Ben |\n"
    )
    found = [(f.field, f.value) for f in read_bytes(tmp_path, "history.md", data).metadata]
    for field, values in {
        "version": ["1.0", "1.1"],
        "dated": ["2025-01-05", "2026-02-07"],
        "author": ["Ana", "Ben"],
    }.items():
        assert [v for f, v in found if f == field] == values


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2026-03-05", "2026-03-05"), ("2026/3/5", "2026-03-05"), ("5 March 2026", "2026-03-05"),
        ("5th of March 2026", "2026-03-05"), ("March 5, 2026", "2026-03-05"),
        ("5-Mar-2026", "2026-03-05"), ("05.03.2026", "2026-03-05"), ("25/03/2026", "2026-03-25"),
        ("03/25/2026", "2026-03-25"), ("05/05/2026", "2026-05-05"), ("03/05/2026", "03/05/2026"),
        ("31 February 2026", "31 February 2026"), ("Sept 2026", "Sept 2026"),
    ],
)  # fmt: skip
def test_dates_are_never_invented(text, value):
    assert [(words, found) for _, words, found in find_dates(f"on {text}.")] == [(text, value)]


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("utf-8", "Größe – “ok”"), ("utf-8-sig", "Größe"), ("utf-16", "Größe"),
        ("utf-16-le", "Size and scope"), ("utf-16-be", "Size and scope"), ("utf-32", "Größe"),
        ("cp1252", "The team’s “gate” – €500, modèle déployé à Genève"),
        ("cp1250", "Zespół sprawdza każdy model przed wydaniem; właściciel zatwierdza źródła."),
        ("cp1251", "Каждая модель проверяется перед выпуском."),
        ("cp1253", "Κάθε μοντέλο ελέγχεται πριν από την κυκλοφορία."),
    ],
)  # fmt: skip
def test_encodings(encoding, text):
    assert decode_text(text.encode(encoding)) == text


@pytest.mark.parametrize(
    ("heading", "location"),
    [
        ("2.1 Rollback", "section 2.1"), ("2.1. Rollback", "section 2.1"),
        ("1) Scope", "section 1"), ("Section 4: Roles", "section 4"), ("A.2 Annex", "section A.2"),
        ("3 lessons learned", 'section "3 lessons learned"'), ("**Scope**", 'section "Scope"'),
        ("2026 roadmap", 'section "2026 roadmap"'), ("5 March 2026", 'section "5 March 2026"'), ('The "gate"', "section \"The 'gate'\""),
    ],
)  # fmt: skip
def test_sections_have_their_number_or_their_heading(heading, location):
    assert section_name(heading) == location


# --- scans ---


def test_pages_without_text_are_named_with_a_remedy(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    document = read_bytes(tmp_path, "scan.pdf", scanned_pdf(4))
    assert not document.readable
    assert document.why == "pages 1-4 are images without text"
    assert document.remedy == "install Tesseract, or attach a version with text"


def test_tesseract_reads_scans_where_it_is_installed(tmp_path, monkeypatch):
    program = tmp_path / "tesseract"
    program.write_text("#!/bin/sh\n/bin/head -c 2\necho ' is the format.'\necho\necho 'Second.'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    document = read_bytes(tmp_path, "scan.pdf", scanned_pdf(2))
    found = [(p.text, p.where) for p in document.passages]
    assert found == [
        ("P5 is the format.", "p. 1"),
        ("Second.", "p. 1"),
        ("P5 is the format.", "p. 2"),
        ("Second.", "p. 2"),
    ]
    assert document.why == ""


@pytest.mark.parametrize(
    ("pages", "text"),
    [([3], "page 3"), ([1, 2, 3, 4], "pages 1-4"), ([1, 2, 5, 7], "pages 1-2, 5 and 7")],
)
def test_page_lists(pages, text):
    assert page_list(pages) == text


# --- cache, order, speed ---


@pytest.fixture
def cache(tmp_path, monkeypatch):
    folder = tmp_path / "cache"
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    return folder / "calib" / "documents"


def test_the_cache_is_private_and_changes_nothing(tmp_path, cache):
    first = read_bytes(tmp_path, "a.pdf", text_pdf("Some text."))
    [stored] = cache.rglob("*.json")
    assert stat.S_IMODE(stored.stat().st_mode) == 0o600
    assert {stat.S_IMODE(p.stat().st_mode) for p in (cache, stored.parent)} == {0o700}
    assert read_document(tmp_path / "a.pdf") == first
    stored.write_text('{"half": ')
    assert read_document(tmp_path / "a.pdf") == first
    (tmp_path / "b.pdf").write_bytes((tmp_path / "a.pdf").read_bytes())
    assert read_document(tmp_path / "b.pdf").name == "b.pdf"
    assert len(list(cache.rglob("*.json"))) == 1


def test_the_suffix_of_a_text_counts(tmp_path, cache):
    plain = read_bytes(tmp_path, "a.txt", b"# Scope\n\nAll.\n")
    marked = read_bytes(tmp_path, "a.md", b"# Scope\n\nAll.\n")
    assert [p.where for p in plain.passages] == ["start", "start"]
    assert marked.passages[1].where == 'section "Scope"'


def test_a_cache_folder_of_others_is_not_used(tmp_path, cache):
    cache.parent.mkdir(parents=True)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    cache.symlink_to(elsewhere)
    assert read_bytes(tmp_path, "a.txt", b"Some text.").readable
    assert not list(elsewhere.iterdir())


def test_a_command_deletes_the_cache(tmp_path, cache):
    read_bytes(tmp_path, "a.txt", b"Some text.")
    run = CliRunner().invoke(main, ["evidence", "clear-cache"])
    assert run.exit_code == 0
    assert run.stderr == "Deleted the text of 1 document.\n"
    assert not cache.exists()


def test_without_a_cache_nothing_is_written(tmp_path, cache, monkeypatch):
    monkeypatch.setenv("CALIB_CACHE", "off")
    assert read_bytes(tmp_path, "a.txt", b"Some text.").readable
    assert not cache.exists()


def test_many_documents_come_in_order_with_progress(tmp_path, cache):
    paths = [tmp_path / f"{n}.txt" for n in range(30)]
    for path in paths:
        path.write_text(f"Text of {path.name}.")
    seen = []
    found = list(read_documents(paths, seen.append))
    assert seen == paths
    assert [d.passages[0].text for d in found] == [f"Text of {p.name}." for p in paths]


def test_stopping_early_ends_the_processes(tmp_path, cache):
    paths = [tmp_path / f"{n}.txt" for n in range(20)]
    for path in paths:
        path.write_text("Text.")
    documents = read_documents(paths)
    next(documents)
    documents.close()
    [count] = [line for line in children() if line]
    assert count == "0"


def children() -> list[str]:
    """Return the number of processes that this one has started and that read documents."""
    code = subprocess.run(
        ["/bin/sh", "-c", f"ps -o args= --ppid {os.getpid()} | grep -c '[d]ocuments.worker'"],
        capture_output=True,
        text=True,
        check=False,
    )
    return code.stdout.split("\n")


def test_two_runs_give_the_same(tmp_path, monkeypatch):
    monkeypatch.setenv("CALIB_CACHE", "off")
    path = tmp_path / "pack.zip"
    path.write_bytes(EXAMPLES["pack.zip"][0]())
    assert read_document(path) == read_document(path)


def test_two_hundred_pages_are_fast(tmp_path, cache):
    lines = [PROSE[:90]] * 40

    def draw(canvas):
        for _ in range(200):
            for number, line in enumerate(lines):
                canvas.drawString(72, 760 - 16 * number, line)
            canvas.showPage()

    path = tmp_path / "long.pdf"
    path.write_bytes(pdf_bytes(draw))
    assert read_document(path).readable
    start = time.perf_counter()
    assert read_document(path).readable
    assert time.perf_counter() - start < 0.5


# --- the command ---


def test_the_command_prints_passages(tmp_path, cache):
    path = tmp_path / "deck.pptx"
    path.write_bytes(pptx_bytes(deck))
    (tmp_path / "empty.pdf").write_bytes(b"")
    run = CliRunner().invoke(main, ["evidence", "read", str(path), str(tmp_path / "empty.pdf")])
    assert run.exit_code == 0
    assert "  [slide 1 notes] (note) Mention the new rota.\n" in run.stdout
    assert "  is empty (0 bytes) (copy or export it again)\n" in run.stdout
    assert "1 document could not be read." in run.stderr
    run = CliRunner().invoke(main, ["evidence", "read", "--json", str(path)])
    row = json.loads(run.stdout)
    assert row["file"] == str(path)
    assert row["kind"] == "pptx"
    assert {"text": "Above", "where": "slide 2", "role": "body", "context": ""} in row["passages"]


def test_reading_loads_no_library_in_this_process():
    code = (
        "import sys; from calib.documents import read_documents; "
        "print(*({'docx', 'pptx', 'openpyxl', 'pypdfium2', 'lxml', 'pydantic'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "\n"


def test_roles_are_those_of_the_interface():
    assert {role.value for role in Role} == {
        "body", "heading", "table", "note", "header", "footer", "footnote", "text box", "comment",
        "deleted",
    }  # fmt: skip


def test_a_library_in_the_current_folder_is_not_imported(tmp_path, cache, monkeypatch):
    """Documents lie where others can put files, also one named like a library."""
    (tmp_path / "json.py").write_text("raise SystemExit('imported')")
    (tmp_path / "lxml.py").write_text("raise SystemExit('imported')")
    monkeypatch.chdir(tmp_path)
    assert read_document(Path("json.py")).kind == "text"
    assert read_bytes(tmp_path, "a.html", b"<p>Some text.</p>").readable
