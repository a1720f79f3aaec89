"""File names: which YAML files of a folder may be edited, and what an upload is called."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from calib.errors import BadInput, Problem

YAML_FOLDERS = (".", "case_studies", "controls", "ballots/*")

_FILE = re.compile(r"(?:[A-Za-z0-9_][A-Za-z0-9_-]*/){0,2}[A-Za-z0-9_][A-Za-z0-9_.-]*\.yaml")
_UNSAFE = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f-\x9f]')
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?")
_COPY = re.compile(r"(?i).*(conflict|\([0-9]+\)|-(desktop|laptop|pc)-[a-z0-9]+(-[0-9]+)?\.yaml$).*")
_MAX_STEM = 100
_MAX_SUFFIX = 16


def yaml_path(folder: Path, file: str) -> Path:
    """Return the path of an editable file; raises BadInput where the name is not one of those."""
    if not _FILE.fullmatch(file):
        remedy = "name it as controls/a control's file"
        raise BadInput([Problem(file, "is no YAML file of an assessment", remedy=remedy)])
    return folder / file


def is_unsafe_link(folder: Path, path: Path) -> bool:
    """Say whether a file or a folder on its way is a link to somewhere else."""
    if path.is_symlink():
        return True
    inner = path.relative_to(folder).parents[:-1]
    links = (folder / p for p in inner if (folder / p).is_symlink())
    return any(not link.resolve().is_relative_to(folder) for link in links)


def yaml_files(folder: Path) -> Iterator[Path]:
    """List the YAML files of an assessment, in order."""
    for pattern in YAML_FOLDERS:
        for path in sorted(folder.glob(f"{pattern}/*.yaml")):
            if not path.name.startswith(".") and path.is_file():
                yield path


def is_sync_copy(name: str) -> bool:
    """Say whether a name is one that sync programs give to the second version of a file."""
    return _COPY.match(name) is not None


def safe_upload_name(name: str) -> str:
    """Turn the name of an upload into one that is safe on every system."""
    last = unicodedata.normalize("NFC", re.split(r"[/\\]", name)[-1])
    kept = "".join(c for c in last if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co", "Cn"})
    clean = _UNSAFE.sub("-", kept).strip(" .")
    stem, dot, suffix = clean.rpartition(".")
    if not dot or not stem or len(suffix) > _MAX_SUFFIX:
        stem, suffix = clean, ""
    stem = _cut_bytes(stem, _MAX_STEM).strip(" .") or "file"
    whole = f"{stem}.{suffix}" if suffix else stem
    return f"_{whole}" if _RESERVED.fullmatch(whole) else whole


def numbered_names(name: str) -> Iterator[str]:
    """Yield a name, then the same with -2, -3 and so on before its ending."""
    yield name
    stem, dot, suffix = name.rpartition(".")
    number = 2
    while True:
        yield f"{stem}-{number}.{suffix}" if dot and stem else f"{name}-{number}"
        number += 1


def _cut_bytes(text: str, size: int) -> str:
    return text.encode()[:size].decode("utf-8", "ignore")
