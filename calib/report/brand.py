"""Validate the report parameters that describe the consultant's brand."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from xml.etree import ElementTree as ET

from calib.errors import Problem
from calib.files.regular import read_regular
from calib.render.brand import Brand
from calib.render.palette import ACCENT

_LOGO_TYPES = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".svg": "svg+xml"}
_MAX_LOGO_BYTES = 500_000


def read_brand(
    name: str, logo: str, accent: str, confidentiality: str, problems: list[Problem]
) -> Brand:
    """Build the brand from notebook parameters; append to `problems` for invalid values."""
    colour = accent or ACCENT
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
        message = f"must be a colour such as {ACCENT}, got {accent!r}"
        problems.append(Problem("brand_accent", message))
    return Brand(name, _logo_uri(logo, problems), colour, confidentiality)


def _logo_uri(path: str, problems: list[Problem]) -> str:
    """Return the logo as a data: URI, so that no report has to fetch a file."""
    if not path:
        return ""
    file = Path(path).expanduser()
    kind = _LOGO_TYPES.get(file.suffix.lower())
    try:
        content = read_regular(file)
    except OSError as error:
        problems.append(Problem(path, f"the logo cannot be read: {error.strerror}"))
        return ""
    if kind is None or len(content) > _MAX_LOGO_BYTES or not _is_valid_image(content, kind):
        message = f"not a complete PNG, JPEG or SVG image of at most {_MAX_LOGO_BYTES:,} bytes"
        remedy = "an SVG must not contain scripts or external references; a JPEG must be RGB"
        problems.append(Problem(path, message, remedy=remedy))
        return ""
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def _is_valid_image(content: bytes, kind: str) -> bool:
    """Check the bytes, because a file extension proves nothing; HTML and PDF must both show it."""
    if kind == "png":
        return content.startswith(b"\x89PNG\r\n\x1a\n") and b"IEND" in content[-16:]
    if kind == "jpeg":
        starts, ends = content.startswith(b"\xff\xd8\xff"), b"\xff\xd9" in content[-64:]
        return starts and ends and _is_rgb(content)
    return _is_safe_svg(content)


def _is_safe_svg(content: bytes) -> bool:
    """Return whether an SVG is free of scripts, entities and external references."""
    text = content.decode("utf-8", "replace")
    active = r"<!DOCTYPE|<!ENTITY|<script|<foreignObject|<image\b|\bon\w+\s*="
    external = r"(?:href|src)\s*=\s*[\"'](?!#)|url\(\s*[\"']?(?!#)|@import"
    if re.search(f"{active}|{external}", text, re.IGNORECASE):
        return False
    try:
        # Safe to parse: entity expansion needs a DOCTYPE, which was refused above.
        return ET.fromstring(content).tag.endswith("svg")  # noqa: S314  no DOCTYPE is left
    except ET.ParseError:
        return False


def _is_rgb(content: bytes) -> bool:
    """Return whether a JPEG has at most three colour channels.

    PDF/A requires an ICC profile for four (CMYK), which we do not embed.
    """
    frame = re.search(rb"\xff[\xc0-\xc2]..[\x08\x0c]....(.)", content, re.DOTALL)
    return frame is not None and frame[1][0] <= 3
