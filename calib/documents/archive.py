"""Read zip archives: each file in it, without writing it to the disk."""

from __future__ import annotations

import stat

from calib.documents.limits import Unreadable
from calib.documents.readers import read_member
from calib.documents.reading import Reading
from calib.documents.safe_zip import open_archive, read_part

_IGNORED = ("__macosx/", ".ds_store", "thumbs.db", "desktop.ini")


def read_archive(data: bytes, reading: Reading) -> None:
    """Add all files in the order of their names; raises Unreadable."""
    with open_archive(data, reading.limits) as archive:
        for part in sorted(archive.infolist(), key=lambda p: p.filename):
            name = part.filename
            if (
                part.is_dir()
                or name.lower().startswith(_IGNORED)
                or name.lower().endswith(_IGNORED)
            ):
                continue
            if stat.S_ISLNK(part.external_attr >> 16):
                reading.problem(f"{name}: is a link", "pack the file itself")
                continue
            try:
                content = read_part(archive, part)
            except Unreadable as error:
                reading.problem(f"{name}: {error.why}", error.remedy)
                continue
            read_member(name, content, reading)
