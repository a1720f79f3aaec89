"""Open zip archives from others, and the XML in them, within limits."""

from __future__ import annotations

import io
import zipfile

from calib.documents.limits import Limits, Unreadable

_SMALLER = "split it, or save it again without embedded files"
_AGAIN = "copy or export it again"


def open_archive(data: bytes, limits: Limits) -> zipfile.ZipFile:
    """Open an archive; raises Unreadable if it is damaged, encrypted or unpacks to too much.

    The sizes come from the directory of the archive, so a zip bomb is rejected before anything is
    unpacked; zipfile never returns more bytes of a part than its declared size.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except Exception as error:  # zipfile raises many types for damaged archives
        raise Unreadable("is damaged: it cannot be unpacked", _AGAIN) from error
    parts = archive.infolist()
    size = sum(part.file_size for part in parts)
    if len(parts) > limits.max_parts:
        why = f"contains {len(parts):,} files; the limit is {limits.max_parts:,}"
        raise Unreadable(why, _SMALLER)
    if size > limits.max_unpacked_bytes:
        why = f"unpacks to {size:,} bytes; the limit is {limits.max_unpacked_bytes:,}"
        raise Unreadable(why, _SMALLER)
    if any(part.flag_bits & 1 for part in parts):  # bit 0 of the zip flags: encrypted
        raise Unreadable("has a password", "save it without the password")
    return archive


def check_office_file(data: bytes, limits: Limits) -> None:
    """Raise Unreadable unless the XML parts of a Word, PowerPoint or Excel file are safe to parse.

    Office programs write no document type declarations; entities in one could expand without end
    or name other files. The parsers resolve none, and this check does not depend on their options.
    """
    with open_archive(data, limits) as archive:
        for part in archive.infolist():
            name = part.filename.lower()
            if not name.endswith((".xml", ".rels", ".vml")):
                continue
            if part.file_size > limits.max_part_bytes:
                limit = f"the limit is {limits.max_part_bytes:,}"
                why = f"has a part of {part.file_size:,} bytes ({part.filename}); {limit}"
                raise Unreadable(why, _SMALLER)
            # Dropping zero bytes also finds a declaration in UTF-16.
            if b"<!DOCTYPE" in read_part(archive, part).replace(b"\0", b""):
                why = "declares XML entities, which Office programs do not write"
                raise Unreadable(why, "open it in an Office program and save it again")


def read_part(archive: zipfile.ZipFile, part: zipfile.ZipInfo | str) -> bytes:
    """Return the content of a part; raises Unreadable if it is damaged."""
    try:
        return archive.read(part)
    except MemoryError:
        raise
    except Exception as error:  # zipfile raises many types for damaged archives
        raise Unreadable("is damaged: a part of it cannot be unpacked", _AGAIN) from error
