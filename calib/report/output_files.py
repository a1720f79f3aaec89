"""Write the files of a report: all of them, or none."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from calib.errors import CannotWrite

SCRATCH = ".calib-report-"
"""Prefix of the temporary folder in which the files wait until all are written."""


def check_output(output: Path) -> None:
    """Raise CannotWrite before any work is done if `output` cannot be written."""
    if output.exists() and not output.is_dir():
        raise CannotWrite(output, "a file has this name; name a folder")
    nearest = next(p for p in (output, *output.absolute().parents) if p.exists())
    if not os.access(nearest, os.W_OK):
        raise CannotWrite(output, "the folder is read-only")


def write_output_files(files: Mapping[str, bytes], output: Path) -> dict[str, Path]:
    """Write files by name into the folder `output` and return their paths.

    Raises CannotWrite; the files of an earlier run are then unchanged.
    """
    try:
        output.mkdir(parents=True, exist_ok=True)
        # Inside the output folder, because a rename is atomic on one file system only.
        with tempfile.TemporaryDirectory(prefix=SCRATCH, dir=output) as scratch:
            for name, content in files.items():
                (Path(scratch) / name).write_bytes(content)
            _move_all(list(files), Path(scratch), output)
    except OSError as error:
        raise CannotWrite(output, error) from error
    return {name: output / name for name in files}


def _move_all(names: Sequence[str], scratch: Path, output: Path) -> None:
    """Move all files into place, or restore the earlier ones and raise."""
    blocked = [name for name in names if (output / name).is_dir()]
    if blocked:
        raise CannotWrite(output / blocked[0], "a folder has this name")
    previous = scratch / "previous"
    previous.mkdir()
    moved: list[str] = []
    try:
        for name in names:
            if (output / name).exists():
                os.replace(output / name, previous / name)
            # Recorded before the move: if the move fails, the earlier file is still restored.
            moved.append(name)
            os.replace(scratch / name, output / name)
    except OSError:
        for name in moved:
            if (previous / name).exists():
                os.replace(previous / name, output / name)
            else:
                (output / name).unlink(missing_ok=True)
        raise
