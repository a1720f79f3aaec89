"""File names: which files of a folder may be edited, and safe names for uploads."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from calib.errors import BadInput, Problem
from calib.text import is_allowed_in_name

YAML_FOLDERS = (".", "case_studies", "controls", "ballots/*")

_FILE = re.compile(r"(?:[A-Za-z0-9_][A-Za-z0-9_-]*/){0,2}[A-Za-z0-9_][A-Za-z0-9_.-]*\.yaml")
# Windows does not allow these in a file name; Unix allows all but the slash.
_RESERVED_PUNCTUATION = re.compile(r'[<>:"/\\|?*]')
# Device names of Windows, with any ending.
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?")
# The names that Dropbox, OneDrive, iCloud and Syncthing give to the second version of a file.
_COPY = re.compile(r"(?i).*(conflict|\([0-9]+\)|-(desktop|laptop|pc)-[a-z0-9]+(-[0-9]+)?\.yaml$).*")
_MAX_STEM = 100
_MAX_SUFFIX = 16


def yaml_path(folder: Path, file: str) -> Path:
    """Return the path of an editable YAML file; raises BadInput for any other name."""
    if not _FILE.fullmatch(file):
        remedy = "for example evidence.yaml, or controls/ and the file of a control"
        raise BadInput([Problem(file, "not an assessment file", remedy=remedy)])
    return folder / file


def is_unsafe_link(folder: Path, path: Path) -> bool:
    """Return whether a file is a link, or is in a folder that is a link to the outside.

    A link to a folder within the assessment is allowed. A file must not be a link, because an
    atomic write would replace the link.
    """
    if path.is_symlink():
        return True
    inner = path.relative_to(folder).parents[:-1]
    links = (folder / p for p in inner if (folder / p).is_symlink())
    return any(not link.resolve().is_relative_to(folder) for link in links)


def yaml_files(folder: Path) -> Iterator[Path]:
    """Yield the YAML files of an assessment, in order."""
    for pattern in YAML_FOLDERS:
        for path in sorted(folder.glob(f"{pattern}/*.yaml")):
            if not path.name.startswith(".") and path.is_file():
                yield path


def is_sync_copy(name: str) -> bool:
    """Return whether a name looks like a conflicted copy of a sync program."""
    return _COPY.match(name) is not None


def safe_upload_name(name: str) -> str:
    """Turn the name of an upload into a file name that is valid on every system."""
    last = unicodedata.normalize("NFC", re.split(r"[/\\]", name)[-1])
    kept = "".join(filter(is_allowed_in_name, last))
    clean = _RESERVED_PUNCTUATION.sub("-", kept).strip(" .")
    stem, dot, suffix = clean.rpartition(".")
    if not dot or not stem or len(suffix) > _MAX_SUFFIX:
        stem, suffix = clean, ""
    stem = _cut_bytes(stem, _MAX_STEM).strip(" .") or "file"
    whole = f"{stem}.{suffix}" if suffix else stem
    return f"_{whole}" if _RESERVED.fullmatch(whole) else whole


def numbered_names(name: str) -> Iterator[str]:
    """Yield a name, then the name with -2, -3 and so on before its ending."""
    yield name
    stem, dot, suffix = name.rpartition(".")
    number = 2
    while True:
        yield f"{stem}-{number}.{suffix}" if dot and stem else f"{name}-{number}"
        number += 1


def _cut_bytes(text: str, size: int) -> str:
    """Shorten a text to a number of UTF-8 bytes, the unit in which file systems limit names."""
    return text.encode()[:size].decode("utf-8", "ignore")
