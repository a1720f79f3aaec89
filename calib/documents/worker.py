"""The process that reads documents: one request per line in, one document per line out."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from calib.documents.facts import find_facts
from calib.documents.kinds import document_kind
from calib.documents.limits import Limits, Unreadable
from calib.documents.model import Document, pack_document
from calib.documents.readers import read_content
from calib.documents.reading import LimitReached, Reading
from calib.documents.sandbox import (
    forbid_side_effects,
    limit_resources,
    limit_time,
    used_memory,
)
from calib.files.regular import read_regular

_RETIRE_BYTES = 500_000_000
"""A process that has used this much memory is replaced: Python rarely gives memory back."""
_SMALLER = "split it, or keep the part that matters"


def main() -> None:
    """Serve requests until standard input ends or this process should be replaced."""
    requests = sys.stdin.buffer
    # What libraries print must not mix with the answers.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, sys.stdout.fileno())
    # openpyxl would load numpy, which takes long, starts threads and changes the environment.
    sys.modules["numpy"] = None  # type: ignore[assignment]
    # With several threads Tesseract is slower, as soon as the machine has other work.
    os.putenv("OMP_THREAD_LIMIT", "1")
    limits = Limits(**json.loads(requests.readline()))
    limit_resources(limits)
    forbid_side_effects()
    for line in requests:
        request = json.loads(line)
        limit_time(limits)
        document = read_file(request["path"], request["sha256"], limits)
        is_last = used_memory() > _RETIRE_BYTES
        _send(answers, {"document": pack_document(document), "is_last": is_last})
        if is_last:
            break
    answers.close()
    # Skip the clean-up of libraries, which could hang after a damaged document.
    os._exit(0)


def _send(answers: IO[bytes], answer: dict[str, Any]) -> None:
    with suppress(BrokenPipeError):
        answers.write(json.dumps(answer).encode() + b"\n")
        answers.flush()


def read_file(path: str, sha256: str, limits: Limits) -> Document:
    """Read a document in this process; every failure is part of the result."""
    name = Path(path).name
    try:
        data = read_regular(Path(path))
    except OSError as error:
        return failed(name, f"cannot be read: {error.strerror or error}", sha256=sha256)
    if hashlib.sha256(data).hexdigest() != sha256:
        return failed(name, "was changed while it was read", "try again")
    kind = "unknown"
    try:
        kind = document_kind(name, data)
        return _read(name, kind, data, sha256, limits)
    except Unreadable as error:
        return failed(name, error.why, error.remedy, kind, sha256)
    except MemoryError:
        return failed(name, "needs too much memory to read", _SMALLER, kind, sha256)
    except Exception as error:  # noqa: BLE001  a document must not stop the others
        why = f"cannot be read ({type(error).__name__})"
        return failed(name, why, "save it again in another format", kind, sha256)


def failed(
    name: str, why: str, remedy: str = "", kind: str = "unknown", sha256: str = ""
) -> Document:
    """Return a document that could not be read."""
    return Document(name, kind, readable=False, why=why, remedy=remedy, sha256=sha256)


def _read(name: str, kind: str, data: bytes, sha256: str, limits: Limits) -> Document:
    reading = Reading(limits)
    with suppress(LimitReached), reading.within(kind):
        read_content(kind, data, reading)
    why, remedy = reading.explain()
    if not reading.passages and not why:
        why, remedy = "contains no text", "check that it is the right file"
    return Document(
        name=name,
        kind=kind,
        readable=bool(reading.passages),
        why=why,
        remedy=remedy,
        passages=tuple(reading.passages),
        metadata=tuple(dict.fromkeys([*reading.facts, *find_facts(reading.passages)])),
        sha256=sha256,
    )
