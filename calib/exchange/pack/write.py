"""Collect the members of a pack, write them as a zip, and read the zip again."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, BinaryIO

from calib.errors import BadInput, Problem
from calib.exchange.checked_write import NotAsMeant, write_checked
from calib.exchange.evidence_files import CHUNK, Looked, NotThere, open_evidence, pieces
from calib.exchange.pack.select import Selection
from calib.exchange.pack.texts import SUMS, about, register, responses
from calib.model import Result

# The first moment that a zip can name: the same folder gives the same bytes on any day.
_MOMENT = (1980, 1, 1, 0, 0, 0)
_PLAIN_FILE = 0o100644 << 16
_UNIX = 3
_LARGE = 1 << 30


def write_pack(
    folder: Path, result: Result, chosen: Selection, report: Mapping[str, bytes], path: Path
) -> tuple[str, ...]:
    """Write the pack of an assessment folder; returns the names of its members.

    Nothing is compressed, since compressors differ from one version to the next, and the same
    input shall give the same bytes; most evidence is packed already. Files go through piece by
    piece. Raises BadInput for a file that changed since it was chosen, CannotWrite.
    """
    members: dict[str, bytes | Looked] = {
        **report,
        **responses(result),
        **register(chosen, result.today),
        "about.txt": about(result, chosen),
    }
    members |= {chosen.names[one.item.file or ""]: one for one in chosen.files}
    sums = {name: _sum(member) for name, member in sorted(members.items())}
    members[SUMS] = "".join(f"{digest}  {name}\n" for name, digest in sums.items()).encode()
    write_checked(path, lambda f: _write(f, folder, members), lambda f: _check(f, sums))
    return tuple(sorted(members))


def _sum(member: bytes | Looked) -> str:
    return member.sha256 if isinstance(member, Looked) else hashlib.sha256(member).hexdigest()


def _write(file: BinaryIO, folder: Path, members: Mapping[str, bytes | Looked]) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, member in sorted(members.items()):
            with _member(archive, name, member) as out:
                if isinstance(member, bytes):
                    out.write(member)
                else:
                    _copy(folder, member, out)


def _member(archive: zipfile.ZipFile, name: str, member: bytes | Looked) -> IO[bytes]:
    info = zipfile.ZipInfo(name, _MOMENT)
    info.create_system, info.external_attr = _UNIX, _PLAIN_FILE
    info.file_size = len(member) if isinstance(member, bytes) else member.size
    return archive.open(info, "w", force_zip64=info.file_size > _LARGE)


def _copy(folder: Path, one: Looked, out: IO[bytes]) -> None:
    """Copy a file, and make sure that it is still the one whose hash the register holds."""
    digest = hashlib.sha256()
    try:
        with open_evidence(folder, one.item.file or "") as file:
            for piece in pieces(file):
                digest.update(piece)
                out.write(piece)
    except NotThere as error:
        raise BadInput([Problem(one.item.file or "", str(error), place=one.item.id)]) from error
    if digest.hexdigest() != one.sha256:
        remedy = "close the programs that write to it, then pack again"
        said = "was changed while it was packed"
        raise BadInput([Problem(one.item.file or "", said, place=one.item.id, remedy=remedy)])


def _check(file: BinaryIO, sums: Mapping[str, str]) -> None:
    """Read the pack as its reader will: by the sums that lie in it."""
    with zipfile.ZipFile(file) as archive:
        names = archive.namelist()
        if names != sorted({*sums, SUMS}):
            raise NotAsMeant("it does not hold what it should")
        lines = archive.read(SUMS).decode().splitlines()
        if {name: digest for digest, _, name in (line.partition("  ") for line in lines)} != sums:
            raise NotAsMeant(f"{SUMS} is not as written")
        for name, digest in sums.items():
            found = hashlib.sha256()
            with archive.open(name) as member:
                while piece := member.read(CHUNK):
                    found.update(piece)
            if found.hexdigest() != digest:
                raise NotAsMeant(f"{name} has another hash")
