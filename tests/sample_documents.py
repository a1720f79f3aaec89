"""Documents made for the tests, as people's programs write them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence
from email.message import EmailMessage

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
TEXT_BOX = (
    f'<w:r xmlns:w="{W}" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape">'
    '<mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wps:txbx><w:txbxContent>'
    "<w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:txbxContent></wps:txbx></w:drawing></mc:Choice>"
    "<mc:Fallback><w:pict><w:txbxContent><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:txbxContent>"
    "</w:pict></mc:Fallback></mc:AlternateContent></w:r>"
)
CHANGES = (
    f'<w:p xmlns:w="{W}"><w:r><w:t xml:space="preserve">Releases need </w:t></w:r>'
    '<w:del w:id="1" w:author="Ana"><w:r><w:delText>no review</w:delText></w:r></w:del>'
    '<w:ins w:id="2" w:author="Ana"><w:r><w:t>two reviews</w:t></w:r></w:ins>'
    "<w:r><w:t>.</w:t></w:r></w:p>"
)


def docx_bytes(build: Callable) -> bytes:
    """Return a Word file; `build` gets the empty document."""
    import docx

    document = docx.Document()
    build(document)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def add_xml(document, xml: str):
    """Append an element to the body of a Word file."""
    from docx.oxml import parse_xml

    element = parse_xml(xml)
    document.element.body.insert(len(document.element.body) - 1, element)
    return element


def add_footnotes(document, texts: Sequence[str]) -> None:
    """Add footnotes with the ids 1, 2, ..., and a reference to each in the last paragraph."""
    from docx.opc.packuri import PackURI
    from docx.opc.part import Part
    from docx.oxml import parse_xml

    notes = "".join(
        f'<w:footnote w:id="{n}"><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:footnote>'
        for n, text in enumerate(texts, start=1)
    )
    blob = (
        f'<w:footnotes xmlns:w="{W}"><w:footnote w:id="0" w:type="separator"><w:p/></w:footnote>'
        f"{notes}</w:footnotes>"
    )
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
    part = Part(PackURI("/word/footnotes.xml"), kind, blob.encode(), document.part.package)
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"
    document.part.relate_to(part, relation)
    for number in range(1, len(texts) + 1):
        run = f'<w:r xmlns:w="{W}"><w:footnoteReference w:id="{number}"/></w:r>'
        document.paragraphs[-1]._p.append(parse_xml(run))


def pptx_bytes(build: Callable) -> bytes:
    """Return a PowerPoint file; `build` gets the empty presentation."""
    import pptx

    presentation = pptx.Presentation()
    build(presentation)
    stream = io.BytesIO()
    presentation.save(stream)
    return stream.getvalue()


def xlsx_bytes(build: Callable) -> bytes:
    """Return an Excel file; `build` gets the empty workbook."""
    import openpyxl

    book = openpyxl.Workbook()
    build(book)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def pdf_bytes(draw: Callable, **options) -> bytes:
    """Return a PDF file; `draw` gets reportlab's canvas, whose origin is at the bottom left."""
    from reportlab.pdfgen.canvas import Canvas

    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=(595, 842), invariant=1, **options)
    draw(canvas)
    canvas.save()
    return stream.getvalue()


def flow_pdf(
    story: Sequence, frames: Sequence[tuple] = ((60, 60, 475, 700),), decorate=None
) -> bytes:
    """Return a PDF file with reportlab's flowables in some frames per page."""
    from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate

    stream = io.BytesIO()
    document = BaseDocTemplate(stream, pagesize=(595, 842), invariant=1)
    boxes = [Frame(*frame, leftPadding=0, rightPadding=0) for frame in frames]
    document.addPageTemplates(
        PageTemplate(frames=boxes, onPage=decorate or (lambda _canvas, _document: None))
    )
    document.build(list(story))
    return stream.getvalue()


def text_pdf(*pages: str) -> bytes:
    """Return a PDF file with one line of text per page."""

    def draw(canvas):
        for text in pages:
            canvas.drawString(72, 600, text)
            canvas.showPage()

    return pdf_bytes(draw)


def scanned_pdf(pages: int) -> bytes:
    """Return a PDF file whose pages are pictures."""
    from PIL import Image
    from reportlab.lib.utils import ImageReader

    picture = ImageReader(Image.new("L", (60, 80), 200))

    def draw(canvas):
        for _ in range(pages):
            canvas.drawImage(picture, 0, 0, 595, 842)
            canvas.showPage()

    return pdf_bytes(draw)


def zip_bytes(members: dict[str, bytes]) -> bytes:
    """Return a zip archive."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return stream.getvalue()


def mail_bytes(
    text: str, *, html: str = "", attachments: dict[str, bytes] | None = None, **headers: str
) -> bytes:
    """Return a mail with a text, an HTML version or both."""
    message = EmailMessage()
    for name, value in headers.items():
        message[name] = value
    if text:
        message.set_content(text)
    if html and text:
        message.add_alternative(html, subtype="html")
    elif html:
        message.set_content(html, subtype="html")
    for name, data in (attachments or {}).items():
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()
