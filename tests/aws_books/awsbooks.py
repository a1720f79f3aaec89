"""Workbooks laid out as AWS's self-assessment is said to be, and in ways it may yet be.

The real file cannot be had. What is known of it comes from two public programs that read it; the
layouts here follow them (docs/aws-workbook.md), and then vary what nobody has promised.
"""

from __future__ import annotations

import io
import re
import sys
import zipfile
from dataclasses import dataclass, field, replace
from pathlib import Path

import xlsxwriter

CONTROLS = tuple(f"GENAIPR-00{n}" for n in range(1, 7))
EXAMPLE = "GENAICEX-001"
COMMON = (
    "POV-001", "POV-002", "POV-003", "POV-004", "POV-005", "PRJ-001", "PRJ-002", "PRJ-003",
    "PRJ-004", "PRJ-005", "CSN-001", "CSN-002",
)  # fmt: skip
OF_EXAMPLES = (
    ("UCR-001", "About the Customer"), ("UCR-002", "Key Business Challenge"),
    ("UCR-003", "Goals / Objectives"), ("UCR-004", "Definition fit"),
    ("PS-001", "Technical Solution"), ("PS-002", "Team"), ("PS-003", "In production"),
    ("PS-004", "Opportunity ID"), ("CO-001", "Outcomes and results"), ("CO-002", "Lessons"),
    ("DOC-001", "Architecture diagram"), ("ACCT-001", "Account governance"),
    ("ACCT-002", "Access"), ("OPE-001", "Workload health"), ("OPE-002", "Runbook"),
    ("OPE-003", "Deployment readiness"), ("NETSEC-001", "Network"), ("NETSEC-002", "Encryption"),
    ("REL-001", "Automation"), ("REL-002", "Recovery"), ("COST-001", "Cost model"),
    ("USE-CASE", "Use case"),
)  # fmt: skip
_X14 = (
    '<extLst><ext xmlns:x14="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main" '
    'uri="{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}"><x14:dataValidations '
    'xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main" count="1">'
    '<x14:dataValidation type="list" allowBlank="1" showErrorMessage="1"><x14:formula1>'
    "<xm:f>Lists!$A$1:$A$2</xm:f></x14:formula1><xm:sqref>%s</xm:sqref></x14:dataValidation>"
    "</x14:dataValidations></ext></extLst>"
)


@dataclass(frozen=True)
class Shape:
    """How a workbook is laid out."""

    name: str
    between: tuple[str, ...] = ()
    """The heads between the requirement and the first reference."""
    head_row: int = 2
    left: int = 0
    """Empty columns before the ids."""
    id_head: str = "ID"
    requirement_head: str = "Requirement Description"
    met_head: str = "Met?"
    response_head: str = "Partner Response"
    reference_head: str = "Customer Reference #{}"
    references: int = 4
    swapped: bool = False
    """The response before Met?."""
    references_above: bool = False
    """The references stand above the row of ID, not in it."""
    merged_heads: bool = False
    sheets: tuple[str, str, str, str] = (
        "AI Practice Reqs", "Common Practice Requirements", "AI Cust Example Reqs",
        "Common Cust Example Reqs",
    )  # fmt: skip
    spell: str = "{}"
    """How ids are spelt."""
    bare: bool = False
    """Empty answer cells are not in the file at all."""
    twice: tuple[str, ...] = ()
    """Controls that have a second row."""


KNOWN = (
    Shape("no example column (D, F, H, J)"),
    Shape("an example column (E, G, I, K)", between=("Example Response",)),
    Shape(
        "the older sheet (F, H, J, L)", between=("Example Response", "Notes"),
        sheets=("GenAI Practice Reqs", "Common Practice", "GenAI Cust Ex Reqs", "Common Customer Example"),
    ),
)  # fmt: skip
ODD = (
    Shape("heads on row 1", head_row=1),
    Shape("heads on row 24", head_row=24, left=2),
    Shape("response first", swapped=True),
    Shape("references above", references_above=True, head_row=4),
    Shape("merged heads", merged_heads=True),
    Shape("other words", id_head="Control ID", requirement_head="Requirement", met_head="Met",
          response_head="AWS Partner Response", reference_head="Customer Example {}"),
    Shape("a typo in the head", response_head="Partner Reponse"),
    Shape("odd spelling of ids", spell=" {} ".replace(" ", "\u00a0")),
    Shape("no-break hyphens", spell="nbsp"),
    Shape("second rows", twice=("GENAIPR-002", "DOC-001")),
    Shape("six references", references=6),
    Shape("named references", reference_head="Customer Reference #{0}: Customer {0}"),
    Shape("no word for the ids", id_head="#"),
)  # fmt: skip


@dataclass
class Made:
    """A workbook and what was put into it."""

    data: bytes
    shape: Shape
    cells: dict[str, str] = field(default_factory=dict)
    """The texts of the responses, by `Sheet!D5`."""
    where: dict[tuple[str, int, int], str] = field(default_factory=dict)
    """The response cells by control, reference (0 for none) and row of the control (0, 1)."""
    met: dict[tuple[str, int, int], str] = field(default_factory=dict)
    """The cells of Met?, likewise."""
    asked: int = 0
    """How many slots there are."""


def build(shape: Shape, answers=None, met=None, *, links=None, extra=0) -> Made:
    """Make a workbook; `answers` by (control, reference, row) are texts, `met` and `links` likewise."""
    out = io.BytesIO()
    made = Made(b"", shape)
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        writer = _Writer(book, made, answers or {}, met or {}, links or {})
        writer.introduction()
        more = tuple(f"XTRA-{n:03}" for n in range(1, extra + 1))
        names = shape.sheets
        writer.practice(
            names[0], [("Generative AI practice", [(c, f"Asked of {c}") for c in CONTROLS])]
        )
        writer.practice(
            names[1],
            [
                ("Practice overview", [(c, f"Asked of {c}") for c in COMMON[:5]]),
                ("Projects", [(c, f"Asked of {c}") for c in (*COMMON[5:], *more)]),
            ],
        )
        writer.customers(names[2], [("Customer examples", [(EXAMPLE, "A customer example")])])
        writer.customers(
            names[3],
            [("Use case relevance", list(OF_EXAMPLES[:4])), ("The rest", list(OF_EXAMPLES[4:]))],
        )
        writer.lists()
    made.data = _with_extension(out.getvalue(), made)
    return made


class _Writer:
    def __init__(self, book, made, answers, met, links):
        self.book, self.made, self.answers, self.met = book, made, answers, met
        self.links = links
        self.head = book.add_format({"bold": True, "bg_color": "#232F3E", "font_color": "white"})
        self.body = book.add_format({"text_wrap": True, "valign": "top", "border": 1})
        self.answer = book.add_format({"text_wrap": True, "bg_color": "#FFF2CC", "locked": False})

    def introduction(self):
        sheet = self.book.add_worksheet("Introduction")
        sheet.write_string(
            0, 0, "AWS Generative AI Competency Service Offering Validation", self.head
        )
        sheet.write_string(2, 0, "Fill in Met? and Partner Response for every ID.")
        sheet.write_url(3, 0, "https://example.com/guide", string="The guide")
        sheet.write_formula(5, 0, f"=COUNTIF('{self.made.shape.sheets[0]}'!C:C,\"Yes\")", None, 0)

    def _banner(self, name, width):
        shape = self.made.shape
        sheet = self.book.add_worksheet(name)
        if shape.head_row > 2:
            sheet.merge_range(
                0, shape.left, 0, shape.left + width - 1, f"{name}: read this first", self.head
            )
        elif shape.head_row == 2:
            sheet.write_string(0, shape.left, f"{name}: the following apply", self.head)
        sheet.set_column(shape.left, shape.left, 16)
        sheet.set_column(shape.left + 1, shape.left + width, 40)
        return sheet

    def practice(self, name, sections):
        shape = self.made.shape
        sheet = self._banner(name, 4)
        row, left = shape.head_row - 1, shape.left
        pair = [shape.met_head, shape.response_head]
        heads = [shape.id_head, shape.requirement_head, *(pair[::-1] if shape.swapped else pair)]
        for column, head in enumerate(heads, start=left):
            sheet.write_string(row, column, head, self.head)
        sheet.write_comment(row, left + 2, "Choose Yes or No.")
        at = left + 2 + (0 if shape.swapped else 1)
        met_at = left + 2 + (1 if shape.swapped else 0)
        self._rows(sheet, name, row + 1, sections, [(0, met_at, at)])
        sheet.freeze_panes(row + 1, 0)

    def customers(self, name, sections):
        shape = self.made.shape
        width = 2 + len(shape.between) + 2 * shape.references
        sheet = self._banner(name, width)
        row, left = shape.head_row - 1, shape.left
        sub = row + 1
        top = row - 1 if shape.references_above else row
        if shape.references_above:
            sub = row
        for column, head in enumerate(
            (shape.id_head, shape.requirement_head, *shape.between), start=left
        ):
            if shape.merged_heads:
                sheet.merge_range(row, column, sub, column, head, self.head)
            else:
                sheet.write_string(row, column, head, self.head)
        pairs = []
        for number in range(1, shape.references + 1):
            column = left + 2 + len(shape.between) + 2 * (number - 1)
            title = shape.reference_head.format(number)
            if shape.merged_heads:
                sheet.merge_range(top, column, top, column + 1, title, self.head)
            else:
                sheet.write_string(top, column, title, self.head)
            labels = [shape.met_head, shape.response_head]
            for n, label in enumerate(labels[::-1] if shape.swapped else labels):
                sheet.write_string(sub, column + n, label, self.head)
            met_at, at = (column + 1, column) if shape.swapped else (column, column + 1)
            pairs.append((number, met_at, at))
        self._rows(sheet, name, sub + 1, sections, pairs)

    def _rows(self, sheet, name, row, sections, pairs):
        shape, made = self.made.shape, self.made
        first = row
        for title, controls in sections:
            sheet.write_string(row, shape.left, title, self.head)
            row += 1
            for control, asked in controls:
                for turn in range(2 if control in shape.twice else 1):
                    sheet.write_string(row, shape.left, spelt(shape, control), self.body)
                    sheet.write_string(
                        row, shape.left + 1, f"{asked}\nMore of what is asked.", self.body
                    )
                    for n, head in enumerate(shape.between):
                        sheet.write_string(
                            row, shape.left + 2 + n, f"{head} of {control}", self.body
                        )
                    for number, met_at, at in pairs:
                        self._answer(sheet, name, (control, number, turn), row, met_at, at)
                    row += 1
            row += 1
        for _, met_at, _ in pairs:
            sheet.data_validation(
                first, met_at, row, met_at, {"validate": "list", "source": ["Yes", "No"]}
            )
        made.asked += sum(
            len(pairs) * (2 if c in shape.twice else 1) for _, cs in sections for c, _ in cs
        )

    def _answer(self, sheet, name, key, row, met_at, at):
        made = self.made
        made.where[key] = f"{name}!{_letters(at)}{row + 1}"
        made.met[key] = f"{name}!{_letters(met_at)}{row + 1}"
        text = self.answers.get(key, "")
        if text:
            if key in self.links:
                sheet.write_url(row, at, self.links[key], self.answer, string=text)
            else:
                sheet.write_string(row, at, text, self.answer)
            made.cells[made.where[key]] = text
        elif not self.made.shape.bare:
            sheet.write_blank(row, at, None, self.answer)
        if key in self.met:
            sheet.write_string(row, met_at, self.met[key], self.answer)
        elif not self.made.shape.bare:
            sheet.write_blank(row, met_at, None, self.answer)

    def lists(self):
        sheet = self.book.add_worksheet("Lists")
        sheet.write_column(0, 0, ["Yes", "No"])
        sheet.hide()


def spelt(shape, control):
    return control.replace("-", "\u2011") if shape.spell == "nbsp" else shape.spell.format(control)


def _letters(column):
    first, last = divmod(column, 26)
    return (chr(64 + first) if first else "") + chr(65 + last)


def _with_extension(data, made):
    """Add the kind of drop-down that only an extension list holds, and that libraries lose."""
    parts = unzip(data)
    for name in parts:
        found = re.fullmatch(r"xl/worksheets/sheet([2-5])\.xml", name)
        if found:
            title = made.shape.sheets[int(found[1]) - 2]
            cells = sorted(
                c.partition("!")[2] for c in made.met.values() if c.startswith(title + "!")
            )
            text = parts[name].decode()
            assert "<extLst>" not in text
            parts[name] = text.replace(
                "</worksheet>", _X14 % " ".join(cells) + "</worksheet>"
            ).encode()
    return rezip(data, parts)


def unzip(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {i.filename: archive.read(i) for i in archive.infolist()}


def rezip(data, parts):
    """Put parts together again, in the old order, the new ones behind."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            info = zipfile.ZipInfo(name, (2026, 2, 14, 12, 0, 0))
            archive.writestr(info, content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def changed(made, part, old, new):
    """The same workbook with a text of one part replaced."""
    parts = unzip(made.data)
    assert old in parts[part].decode(), f"{part} holds no {old}"
    parts[part] = parts[part].decode().replace(old, new).encode()
    return replace(made, data=rezip(made.data, parts))


if __name__ == "__main__":  # python tests/aws_books/awsbooks.py blank.xlsx
    Path(sys.argv[1]).write_bytes(build(KNOWN[1]).data)
