"""Recognise the text of pictures with Tesseract, if it is installed."""

from __future__ import annotations

import shutil
import subprocess

from calib.documents.limits import Unreadable

REMEDY = "install Tesseract, or attach a version with text"


def find_tesseract() -> str | None:
    """Return the path of Tesseract, None if it is not installed."""
    return shutil.which("tesseract")


def recognise_text(program: str, image: bytes, seconds: float) -> str:
    """Return the text of a picture; raises Unreadable.

    The picture goes through standard input and output, so nothing is written to the disk.
    """
    try:
        done = subprocess.run(  # noqa: S603  the program found by `find_tesseract`
            [program, "stdin", "stdout"],
            input=image,
            capture_output=True,
            timeout=seconds,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise Unreadable("is an image that Tesseract cannot read", REMEDY) from error
    return done.stdout.decode("utf-8", "replace")
