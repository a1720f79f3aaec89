"""Documents made to harm: one sentence each, within the limits, without network or files."""

from __future__ import annotations

import io
import os
import random
import socket
import stat
import threading
import time
import zipfile
import zlib
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from calib.documents import read_document, read_documents
from calib.documents.limits import Limits
from tests.sample_documents import (
    W,
    docx_bytes,
    mail_bytes,
    pptx_bytes,
    scanned_pdf,
    text_pdf,
    xlsx_bytes,
    zip_bytes,
)

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def raw_pdf(*objects: bytes, root: str = "1 0 R") -> bytes:
    """Return a PDF of these objects, numbered from 1."""
    out = bytearray(b"%PDF-1.7\n")
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root %s >>\nstartxref\n%d\n%%%%EOF" % (
        len(objects) + 1,
        root.encode(),
        start,
    )
    return bytes(out)


def stream(data: bytes, extra: bytes = b"") -> bytes:
    packed = zlib.compress(data, 9)
    head = b"<< /Length %d /Filter /FlateDecode %s >>" % (len(packed), extra)
    return head + b"\nstream\n" + packed + b"\nendstream"


def many_pages() -> bytes:
    kids = b"4 0 R " * 100_000
    return raw_pdf(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count 100000 /Kids 3 0 R >>",
        b"[" + kids + b"]",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>",
    )


def page_loop() -> bytes:
    return raw_pdf(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count 3 /Kids [2 0 R 2 0 R 2 0 R] /Parent 2 0 R >>",
    )


def form_loop() -> bytes:
    resources = b"/Resources << /XObject << /F 4 0 R >> >>"
    return raw_pdf(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 99 99] /Contents 5 0 R " + resources + b" >>",
        stream(b"/F Do", b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] " + resources),
        stream(b"/F Do"),
    )


def stream_bomb() -> bytes:
    return raw_pdf(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 99 99] /Contents 4 0 R >>",
        stream(b" " * 500_000_000),
    )


def pdf_with_actions(address: str) -> bytes:
    return raw_pdf(
        b"<< /Type /Catalog /Pages 2 0 R /OpenAction 4 0 R >>",
        b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 99 99] /AA << /O 5 0 R >> >>",
        b"<< /S /JavaScript /JS (app.launchURL\\('%s'\\); while\\(1\\){}) >>" % address.encode(),
        b"<< /S /Launch /F (/bin/sh) /Next << /S /URI /URI (%s) >> >>" % address.encode(),
    )


def encrypted_pdf() -> bytes:
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(text_pdf("Secret."))))
    writer.encrypt("secret", algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def damaged_pages() -> bytes:
    data = text_pdf(*[f"Page {n} of text." for n in range(9)])
    middle = len(data) // 3
    return data[:middle] + os.urandom(40) * 20 + data[middle + 800 :]


def zip_bomb(name: str = "a.txt", size: int = 400_000_000) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        info = zipfile.ZipInfo(name)
        info.compress_type = zipfile.ZIP_DEFLATED
        with archive.open(info, "w", force_zip64=True) as member:
            block = bytes(1 << 24)
            for _ in range(size // len(block) + 1):
                member.write(block)
    return out.getvalue()


def lying_zip() -> bytes:
    """An archive whose directory states one byte for a member of a million."""
    data = zip_bytes({"a.txt": b"x" * 1_000_000})
    wrong = (1_000_000).to_bytes(4, "little")
    return data.replace(wrong, (1).to_bytes(4, "little"))


def encrypted_zip() -> bytes:
    data = bytearray(zip_bytes({"a.txt": b"secret"}))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def linked_zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        info = zipfile.ZipInfo("a.txt")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    return out.getvalue()


def with_part(data: bytes, name: str, content: bytes) -> bytes:
    """Replace a part of an Office file."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w", 8) as target:
        for part in source.namelist():
            target.writestr(part, content if part == name else source.read(part))
        if name not in source.namelist():
            target.writestr(name, content)
    return out.getvalue()


def plain_docx() -> bytes:
    return docx_bytes(lambda document: document.add_paragraph("Text."))


def docx_with(body: str, doctype: str = "") -> bytes:
    xml = f'<?xml version="1.0"?>{doctype}<w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>'
    return with_part(plain_docx(), "word/document.xml", xml.encode())


LAUGHS = "<!DOCTYPE x [<!ENTITY a 'ha'>" + "".join(
    f"<!ENTITY {b} '{f'&{a};' * 10}'>" for a, b in zip("abcdefghi", "bcdefghij", strict=True)
)


def laughing_docx() -> bytes:
    return docx_with("<w:p><w:r><w:t>&j;</w:t></w:r></w:p>", LAUGHS + "]>")


def entity_docx(address: str) -> bytes:
    doctype = (
        f"<!DOCTYPE x [<!ENTITY a SYSTEM '{address}'><!ENTITY b SYSTEM 'file:///etc/passwd'>]>"
    )
    return docx_with("<w:p><w:r><w:t>&a;&b;</w:t></w:r></w:p>", doctype)


def utf16_entity_docx() -> bytes:
    xml = f'<?xml version="1.0" encoding="utf-16"?>{LAUGHS}]><w:document xmlns:w="{W}"/>'
    return with_part(plain_docx(), "word/document.xml", xml.encode("utf-16"))


def deep_docx() -> bytes:
    depth = 50_000
    return docx_with("<w:sdt><w:sdtContent>" * depth + "</w:sdtContent></w:sdt>" * depth)


def crowded_docx() -> bytes:
    return docx_with("<w:p><w:r><w:t>a</w:t></w:r></w:p>" * 1_600_000)


def linked_pptx(address: str) -> bytes:
    def build(presentation):
        slide = presentation.slides.add_slide(presentation.slide_layouts[6])
        slide.part.relate_to(
            address,
            "http://schemas.openxmlformats.org/officeDocument/2006/relationships/image",
            is_external=True,
        )

    return pptx_bytes(build)


def sparse_xlsx() -> bytes:
    def build(book):
        book.active["XFD1048576"] = "last"
        book.active["A1"] = "first"

    return xlsx_bytes(build)


def long_xlsx() -> bytes:
    row = '<row r="{}"><c r="A{}" t="inlineStr"><is><t>value of the row</t></is></c></row>'
    rows = "".join(row.format(n, n) for n in range(1, 3_001))
    namespace = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    xml = f'<worksheet xmlns="{namespace}"><sheetData>{rows}</sheetData></worksheet>'
    return with_part(xlsx_bytes(lambda book: None), "xl/worksheets/sheet1.xml", xml.encode())


def nested_mail(depth: int) -> bytes:
    data = mail_bytes("The innermost text.", Subject="0")
    for level in range(1, depth):
        outer = mail_bytes("Forwarded.", Subject=str(level), attachments={f"{level}.eml": data})
        data = outer
    return data


def deep_mail() -> bytes:
    lines = [f'Content-Type: multipart/mixed; boundary="b{n}"\n\n--b{n}' for n in range(3_000)]
    return ("Subject: deep\n" + "\n".join(lines) + "\nContent-Type: text/plain\n\nend\n").encode()


def page_that_fetches(address: str) -> bytes:
    return (
        f'<html><head><link rel=stylesheet href="{address}"><script src="{address}"></script>'
        f'<meta http-equiv=refresh content="0;url={address}"></head><body>'
        f'<img src="{address}"><iframe src="{address}"></iframe><object data="{address}"></object>'
        "<script>document.write('<p>Injected.</p>')</script></body></html>"
    ).encode()


RANDOM = random.Random(7).randbytes(2_000_000)

# File name -> its bytes, and what `why` must contain. Each is rejected as a whole.
REJECTED = {
    "empty.pdf": (lambda _: b"", "is empty (0 bytes)"),
    "empty.docx": (lambda _: b"", "is empty (0 bytes)"),
    "blank.txt": (lambda _: b" \n\t\r\n" * 1000, "contains no text"),
    "cut.pdf": (lambda _: text_pdf("Text.")[:200], "is damaged or truncated"),
    "header.pdf": (lambda _: b"%PDF-1.7\n" + RANDOM[:5000], "is damaged or truncated"),
    "text.pdf": (lambda _: b"This is not a PDF file.", "is damaged: not a .pdf file"),
    "random.pdf": (lambda _: RANDOM, "is damaged: not a .pdf file"),
    "password.pdf": (lambda _: encrypted_pdf(), "has a password"),
    "loop.pdf": (lambda _: page_loop(), ""),
    "formloop.pdf": (lambda _: form_loop(), ""),
    "stream.pdf": (lambda _: stream_bomb(), ""),
    "actions.pdf": (pdf_with_actions, "contains no text"),
    "scan.pdf": (lambda _: scanned_pdf(2), "pages 1-2 are images without text"),
    "bomb.zip": (lambda _: zip_bomb(), "unpacks to 402,653,184 bytes; the limit is 300,000,000"),
    "lying.zip": (lambda _: lying_zip(), "a.txt: is damaged"),
    "password.zip": (lambda _: encrypted_zip(), "has a password"),
    "link.zip": (lambda _: linked_zip(), "a.txt: is a link"),
    "nested.zip": (
        lambda _: zip_bytes({"in.zip": zip_bytes({"a.txt": b"deep"})}),
        "in.zip: is an archive inside of too many others",
    ),
    "crowd.zip": (lambda _: zip_bytes({f"{n}": b"" for n in range(6_000)}), "contains 6,000 files"),
    "cut.zip": (lambda _: zip_bytes({"a.txt": RANDOM})[:100_000], "cannot be unpacked"),
    "nothing.zip": (lambda _: zip_bytes({}), "contains no text"),
    "bomb.docx": (
        lambda _: with_part(plain_docx(), "word/document.xml", bytes(200_000_000)),
        "has a part of 200,000,000 bytes",
    ),
    "laughs.docx": (lambda _: laughing_docx(), "declares XML entities"),
    "entity.docx": (entity_docx, "declares XML entities"),
    "utf16.docx": (lambda _: utf16_entity_docx(), "declares XML entities"),
    "deep.docx": (lambda _: deep_docx(), ""),
    "cut.docx": (lambda _: plain_docx()[:9_000], "cannot be unpacked"),
    "parts.docx": (
        lambda _: zip_bytes({"word/document.xml": b"<a/>", "[Content_Types].xml": b"<Types/>"}),
        "is damaged",
    ),
    "xml.docx": (lambda _: with_part(plain_docx(), "word/document.xml", b"<w:p>"), "is damaged"),
    "secret.docx": (
        lambda _: OLE + bytes(600) + "EncryptedPackage".encode("utf-16-le"),
        "has a password",
    ),
    "old.doc": (lambda _: OLE + "WordDocument".encode("utf-16-le"), "has the old Word format"),
    "macros.xlsb": (lambda _: zip_bytes({"xl/workbook.bin": b""}), "is a binary workbook"),
    "sheet.xlsx": (
        lambda _: with_part(xlsx_bytes(lambda b: None), "xl/workbook.xml", b"<workbook/>"),
        "contains no text",
    ),
    "link.pptx": (linked_pptx, "contains no text"),
    "slide.pptx": (
        lambda _: with_part(
            pptx_bytes(lambda p: p.slides.add_slide(p.slide_layouts[0])),
            "ppt/slides/slide1.xml",
            RANDOM[:400],
        ),
        "is damaged",
    ),
    "fetch.html": (page_that_fetches, "contains no text"),
    "script.html": (lambda _: b"<script>alert('x')</script>", "contains no text"),
    "video.mp4": (lambda _: RANDOM, "is not a text"),
    "picture.png": (lambda _: b"\x89PNG\r\n\x1a\n" + RANDOM[:500], "is an image without text"),
    "old.rtf": (lambda _: rb"{\rtf1 \object}", "is an RTF file"),
    "pack.7z": (lambda _: b"7z\xbc\xaf\x27\x1c" + RANDOM[:99], "is a 7z archive"),
    "pack.tgz": (lambda _: b"\x1f\x8b" + RANDOM[:99], "is a gzip archive"),
    "quote.csv": (lambda _: b'"' + b"x" * 3_000_000, "is not valid CSV"),
    "deep.html": (lambda _: b"<div>" * 200_000 + b"Text.", "is nested too deeply"),
    "deep.eml": (lambda _: deep_mail(), "is nested too deeply"),
    "pipes.md": (lambda _: b"|" * 1_000_000 + b"\n|--|\n", "contains no text"),
    "zeros.txt": (lambda _: bytes(1_000_000), "is not a text"),
}
# The same, but a part of each can be read.
PARTLY_READ = {
    "pages.pdf": (
        lambda _: text_pdf(*["Some text."] * 2_100),
        "has 2,100 pages; only the first 2,000",
    ),
    "long.txt": (lambda _: (b"A sentence of the text. " * 1_000 + b"\n\n") * 220, "only its first"),
    "mails.eml": (lambda _: nested_mail(9), "is a mail inside of too many others"),
    "files.zip": (
        lambda _: zip_bytes({f"{n:03}.txt": b"Some text." for n in range(300)}),
        "only its first 200 files were read",
    ),
    "tags.html": (lambda _: b"<p>Text." + b"<b>" * 300_000, "is nested too deeply"),
    "mixed.zip": (
        lambda _: zip_bytes({"a.txt": b"Good.", "b.pdf": b"%PDF-1.7", "c.docx": b"PK\x03\x04"}),
        "b.pdf: is damaged or truncated",
    ),
}
# Odd, but harmless: these are read as they are.
READ = {
    "names.zip": lambda _: zip_bytes({"../../escape.txt": b"Text.", "/etc/abs.txt": b"Text."}),
    "sparse.xlsx": lambda _: sparse_xlsx(),
    "spaces.md": lambda _: b"Text." + b" " * 3_000_000 + b"| -",
    "line.txt": lambda _: b"Version 1.0 " * 200_000,
    "entities.xml": lambda _: (LAUGHS + "]><x>&j;</x>").encode(),
    "marks.txt": lambda _: "\u202eevil\u202c \x1b[31mtext\u0000".encode()[:-1] + b".",
}
ALL = {**REJECTED, **PARTLY_READ, **{name: (build, "") for name, build in READ.items()}}


@pytest.fixture(scope="module")
def listener():
    """A server on this machine, whose address is in the documents, and the requests it gets."""
    requests = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            requests.append(self.path)
            self.send_response(404)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/", requests
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def results(tmp_path_factory, listener):
    """Read all documents in one go, with a home of their own and without Tesseract."""
    home = tmp_path_factory.mktemp("home")
    folder = tmp_path_factory.mktemp("hostile")
    paths = []
    for name, (build, _) in ALL.items():
        paths.append(folder / name)
        paths[-1].write_bytes(build(listener[0]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(home))
        patch.setenv("TMPDIR", str(home))
        patch.delenv("XDG_CACHE_HOME", raising=False)
        patch.setenv("PATH", str(home))
        patch.chdir(home)
        start = time.monotonic()
        found = dict(zip(ALL, read_documents(paths), strict=True))
        seconds = time.monotonic() - start
    written = {p.relative_to(home).as_posix() for p in home.rglob("*") if p.is_file()}
    return found, written, seconds, {p.name for p in folder.iterdir()}


def is_one_sentence(why: str) -> bool:
    return bool(why) and "\n" not in why and "Traceback" not in why and len(why) < 400


@pytest.mark.parametrize("name", REJECTED)
def test_a_hostile_document_gives_one_sentence(results, name):
    document = results[0][name]
    assert not document.readable
    assert document.passages == ()
    assert is_one_sentence(document.why)
    assert REJECTED[name][1] in document.why
    assert document.remedy


@pytest.mark.parametrize("name", PARTLY_READ)
def test_a_document_that_is_too_large_is_read_in_part(results, name):
    document = results[0][name]
    assert document.readable
    assert is_one_sentence(document.why)
    assert PARTLY_READ[name][1] in document.why


@pytest.mark.parametrize("name", READ)
def test_an_odd_document_is_read(results, name):
    document = results[0][name]
    assert document.readable
    assert document.why == ""
    for passage in document.passages:
        assert not set(passage.text) & set("\u202e\u202c\x1b\0")


def test_names_in_an_archive_are_only_names(results):
    found = {p.where for p in results[0]["names.zip"].passages}
    assert found == {"../../escape.txt: start", "/etc/abs.txt: start"}


def test_no_document_reaches_the_network(results, listener):
    assert results[0]
    assert listener[1] == []


def test_no_file_is_written_but_the_cache(results):
    _, written, _, folder = results
    assert written
    assert all(name.startswith(".cache/calib/documents/") for name in written)
    assert folder == set(ALL)


def test_scripts_and_entities_leave_no_text(results):
    texts = " ".join(p.text for d in results[0].values() for p in d.passages)
    assert "Injected" not in texts
    assert "root:" not in texts


def test_all_of_them_take_little_time(results):
    assert results[2] < 60  # 15 s on an idle machine


# --- paths ---


def test_a_large_sparse_file_is_rejected_unread(tmp_path):
    path = tmp_path / "sparse.pdf"
    with path.open("wb") as file:
        file.truncate(1_000_000_000)
    start = time.monotonic()
    document = read_document(path)
    assert document.why == "has 1,000,000,000 bytes; the limit is 100,000,000"
    assert time.monotonic() - start < 1


def make_pipe(path: Path) -> None:
    os.mkfifo(path)


def make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as unix:
        unix.bind(str(path))


PATHS = [
    ("pipe.pdf", make_pipe, "is a named pipe, not a file"),
    ("folder.pdf", Path.mkdir, "is a folder, not a file"),
    ("link.pdf", lambda p: p.symlink_to("/etc/passwd"), "is a link"),
    ("loop.pdf", lambda p: p.symlink_to(p.name), "is a link"),
    ("missing.pdf", lambda p: None, "does not exist"),
    ("socket.pdf", make_socket, "is a socket, not a file"),
]


@pytest.mark.parametrize(
    ("name", "make", "why"), PATHS, ids=lambda x: x if isinstance(x, str) else ""
)
def test_only_files_are_opened(tmp_path, monkeypatch, name, make, why):
    monkeypatch.chdir(tmp_path)  # the path of a socket must be short
    make(Path(name))
    document = read_document(Path(name))
    assert (document.readable, document.why) == (False, why)


def test_a_device_is_not_read():
    assert read_document(Path("/dev/zero")).why == "is a device, not a file"


def test_a_name_that_no_file_can_have():
    assert read_document(Path("a\0b.pdf")).why.startswith("cannot be read")


def test_a_link_out_of_the_folder_is_rejected(tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.txt").write_text("Text.")
    folder = tmp_path / "evidence"
    folder.mkdir()
    (folder / "link").symlink_to(outside)
    (folder / "b.txt").write_text("Text.")
    paths = [folder / "link" / "a.txt", folder / ".." / "outside" / "a.txt", folder / "b.txt"]
    found = [d.why for d in read_documents(paths, folder=folder)]
    assert found == ["is outside of the folder", "is outside of the folder", ""]


# --- limits ---


ENDLESS = """
import sys; sys.path.append(sys.argv[1])
from calib.documents import worker
def loop(*_):
    while True: pass
real, worker.document_kind = worker.document_kind, lambda name, data: (
    loop() if name == "slow.txt" else real(name, data)
)
worker.main()
"""


def test_the_limit_on_time_holds(tmp_path, monkeypatch):
    monkeypatch.setattr("calib.documents.pool._START", ENDLESS)
    for name in ("slow.txt", "good.txt"):
        (tmp_path / name).write_text("Text.")
    limits = Limits(seconds=0.2)
    paths = [tmp_path / name for name in ("slow.txt", "good.txt", "slow.txt", "good.txt")]
    found = [d.why for d in read_documents(paths, limits=limits)]
    assert found == ["takes longer than 0.2 s to read", ""] * 2


def test_a_reader_that_sleeps_is_stopped(tmp_path, monkeypatch):
    """Tesseract, or a device behind a file, could wait without using the processor."""
    monkeypatch.setattr("calib.documents.pool._START", "import time; time.sleep(60)")
    monkeypatch.setattr("calib.documents.pool._STARTUP_SECONDS", 0.2)
    path = tmp_path / "a.txt"
    path.write_text("Text.")
    assert read_document(path, limits=Limits(seconds=0.1)).why == "takes longer than 0.1 s to read"


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("import os; os.abort()", "is damaged or too large: its reader ended early"),
        ("print('{}', flush=True)", "is damaged: its reader sent an invalid answer"),
        ("raise SystemExit(3)", "is damaged or too large: its reader ended early"),
    ],
)
def test_a_reader_that_crashes_stops_nothing(tmp_path, monkeypatch, code, why):
    monkeypatch.setattr("calib.documents.pool._START", code)
    monkeypatch.setenv("CALIB_CACHE", "off")
    path = tmp_path / "a.txt"
    path.write_text("Text.")
    assert [d.why for d in read_documents([path, path])] == [why, why]


def test_the_limit_on_memory_holds(tmp_path):
    path = tmp_path / "crowded.docx"
    path.write_bytes(crowded_docx())
    document = read_document(path, limits=Limits(max_memory=400_000_000))
    assert document.why == "needs too much memory to read"
    assert not document.readable


def test_a_sheet_with_too_many_cells_is_read_in_part(tmp_path):
    path = tmp_path / "long.xlsx"
    path.write_bytes(long_xlsx())
    document = read_document(path, limits=Limits(max_passages=1_000))
    assert "or 1,000 passages were read" in document.why
    assert document.passages[-1].where == "sheet Sheet!A1000"


@pytest.mark.parametrize(
    ("limits", "why"),
    [
        (Limits(max_characters=100), "only its first 100 characters"),
        (Limits(max_passages=5), "or 5 passages were read"),
    ],
)
def test_the_limits_on_output_hold(tmp_path, limits, why):
    path = tmp_path / "a.txt"
    path.write_text("A sentence.\n\n" * 50)
    document = read_document(path, limits=limits)
    assert document.readable
    assert why in document.why
    assert len(document.passages) in (5, 9)
