"""Collect the members of a pack, write them as a zip, and verify the zip."""

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
from calib.exchange.pack.select import PackSelection
from calib.exchange.pack.texts import CHECKSUMS, render_about, render_register, render_responses
from calib.model import Result

# The earliest time stamp of a zip: the same folder gives the same bytes on any day.
_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
# The upper 16 bits of a member's attributes are its Unix mode: a regular file, rw-r--r--.
_REGULAR_FILE_MODE = 0o100644 << 16
_CREATED_ON_UNIX = 3
# Zip needs 64-bit sizes from 4 GiB; a margin allows for a file that grows while it is packed.
_ZIP64_THRESHOLD = 1 << 30


def write_pack(
    folder: Path,
    result: Result,
    selection: PackSelection,
    report: Mapping[str, bytes],
    path: Path,
) -> tuple[str, ...]:
    """Write the pack of an assessment folder and return the names of its members.

    Nothing is compressed: the output of compressors differs between versions, but equal input must
    give equal bytes, and most evidence is in a compressed format already. Files are copied in
    chunks. Raises BadInput if a file changed after the selection, CannotWrite.
    """
    members: dict[str, bytes | EvidenceCheck] = {
        **report,
        **render_responses(result),
        **render_register(selection, result.today),
        "about.txt": render_about(result, selection),
    }
    members |= {selection.member_names[c.item.file or ""]: c for c in selection.files}
    hashes = {name: _sha256(member) for name, member in sorted(members.items())}
    checksums = "".join(f"{digest}  {name}\n" for name, digest in hashes.items())
    members[CHECKSUMS] = checksums.encode()
    write_verified(
        path, lambda f: _write_archive(f, folder, members), lambda f: _verify_archive(f, hashes)
    )
    return tuple(sorted(members))


def _sha256(member: bytes | EvidenceCheck) -> str:
    if isinstance(member, EvidenceCheck):
        return member.sha256
    return hashlib.sha256(member).hexdigest()


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


def _copy_evidence(folder: Path, check: EvidenceCheck, out: IO[bytes]) -> None:
    """Copy a file; raises BadInput unless it still has the hash of the selection."""
    file, entry = check.item.file or "", check.item.id
    digest = hashlib.sha256()
    try:
        with open_evidence(folder, file) as source:
            for chunk in read_chunks(source):
                digest.update(chunk)
                out.write(chunk)
    except EvidenceUnreadable as error:
        raise BadInput([Problem(file, str(error), place=entry)]) from error
    if digest.hexdigest() != check.sha256:
        remedy = "close the programs that write to it, then pack again"
        raise BadInput([Problem(file, "changed during packing", place=entry, remedy=remedy)])


def _verify_archive(file: BinaryIO, hashes: Mapping[str, str]) -> None:
    """Verify the pack like its recipient: against the checksums inside it."""
    with zipfile.ZipFile(file) as archive:
        if archive.namelist() != sorted({*hashes, CHECKSUMS}):
            raise VerificationFailed("its list of files differs")
        lines = archive.read(CHECKSUMS).decode().splitlines()
        written = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
        if written != hashes:
            raise VerificationFailed(f"{CHECKSUMS} differs")
        for name, expected in hashes.items():
            digest = hashlib.sha256()
            with archive.open(name) as member:
                while chunk := member.read(CHUNK_SIZE):
                    digest.update(chunk)
            if digest.hexdigest() != expected:
                raise VerificationFailed(f"{name} has a different hash")
