"""Collect the members of a pack, write them as a zip, and read the zip again."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, BinaryIO

from calib.errors import BadInput, Problem
from calib.exchange.checked_write import VerificationFailed, write_verified
from calib.exchange.evidence_files import (
    CHUNK_SIZE,
    EvidenceCheck,
    EvidenceUnreadable,
    open_evidence,
    read_chunks,
)
from calib.exchange.pack.select_evidence import PackSelection
from calib.exchange.pack.texts import CHECKSUMS, render_about, render_register, render_responses
from calib.model import Result

# The first moment that a zip can name: the same folder gives the same bytes on any day.
_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
_REGULAR_FILE_MODE = 0o100644 << 16
_CREATED_ON_UNIX = 3
_ZIP64_THRESHOLD = 1 << 30


def write_pack(
    folder: Path, result: Result, chosen: PackSelection, report: Mapping[str, bytes], path: Path
) -> tuple[str, ...]:
    """Write the pack of an assessment folder; returns the names of its members.

    Nothing is compressed, since compressors differ from one version to the next, and the same
    input shall give the same bytes; most evidence is packed already. Files go through piece by
    piece. Raises BadInput for a file that changed since it was chosen, CannotWrite.
    """
    members: dict[str, bytes | EvidenceCheck] = {
        **report,
        **render_responses(result),
        **render_register(chosen, result.today),
        "about.txt": render_about(result, chosen),
    }
    members |= {chosen.names[one.item.file or ""]: one for one in chosen.files}
    sums = {name: _sha256(member) for name, member in sorted(members.items())}
    members[CHECKSUMS] = "".join(f"{digest}  {name}\n" for name, digest in sums.items()).encode()
    write_verified(
        path, lambda f: _write_archive(f, folder, members), lambda f: _verify_archive(f, sums)
    )
    return tuple(sorted(members))


def _sha256(member: bytes | EvidenceCheck) -> str:
    return (
        member.sha256 if isinstance(member, EvidenceCheck) else hashlib.sha256(member).hexdigest()
    )


def _write_archive(
    file: BinaryIO, folder: Path, members: Mapping[str, bytes | EvidenceCheck]
) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, member in sorted(members.items()):
            with _open_member(archive, name, member) as out:
                if isinstance(member, bytes):
                    out.write(member)
                else:
                    _copy_evidence(folder, member, out)


def _open_member(archive: zipfile.ZipFile, name: str, member: bytes | EvidenceCheck) -> IO[bytes]:
    info = zipfile.ZipInfo(name, _ZIP_EPOCH)
    info.create_system, info.external_attr = _CREATED_ON_UNIX, _REGULAR_FILE_MODE
    info.file_size = len(member) if isinstance(member, bytes) else member.size
    return archive.open(info, "w", force_zip64=info.file_size > _ZIP64_THRESHOLD)


def _copy_evidence(folder: Path, one: EvidenceCheck, out: IO[bytes]) -> None:
    """Copy a file, and make sure that it is still the one whose hash the register holds."""
    digest = hashlib.sha256()
    try:
        with open_evidence(folder, one.item.file or "") as file:
            for piece in read_chunks(file):
                digest.update(piece)
                out.write(piece)
    except EvidenceUnreadable as error:
        raise BadInput([Problem(one.item.file or "", str(error), place=one.item.id)]) from error
    if digest.hexdigest() != one.sha256:
        remedy = "close the programs that write to it, then pack again"
        said = "was changed while it was packed"
        raise BadInput([Problem(one.item.file or "", said, place=one.item.id, remedy=remedy)])


def _verify_archive(file: BinaryIO, sums: Mapping[str, str]) -> None:
    """Read the pack as its reader will: by the sums that lie in it."""
    with zipfile.ZipFile(file) as archive:
        names = archive.namelist()
        if names != sorted({*sums, CHECKSUMS}):
            raise VerificationFailed("it does not hold what it should")
        lines = archive.read(CHECKSUMS).decode().splitlines()
        if {name: digest for digest, _, name in (line.partition("  ") for line in lines)} != sums:
            raise VerificationFailed(f"{CHECKSUMS} is not as written")
        for name, digest in sums.items():
            found = hashlib.sha256()
            with archive.open(name) as member:
                while piece := member.read(CHUNK_SIZE):
                    found.update(piece)
            if found.hexdigest() != digest:
                raise VerificationFailed(f"{name} has another hash")
