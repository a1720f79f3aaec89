"""Read mails: the text, the header lines and the attachments."""

from __future__ import annotations

import email
from contextlib import suppress
from email import policy
from email.message import EmailMessage, MIMEPart
from email.utils import parsedate_to_datetime
from typing import Any

from calib.documents.html import read_html
from calib.documents.model import Role
from calib.documents.plain_text import read_plain_text
from calib.documents.readers import read_member
from calib.documents.reading import Reading

_HEADER = "header"
_BODY = "body"


def read_mail(data: bytes, reading: Reading) -> None:
    """Add a mail with its attachments, each under its name."""
    message = email.message_from_bytes(data, policy=policy.default)
    if isinstance(message, EmailMessage):  # always, with this policy
        _read_message(message, reading)


def _read_message(message: EmailMessage, reading: Reading) -> None:
    for name in ("Subject", "From", "To", "Date"):
        value = str(message.get(name) or "")
        if value:
            role = Role.HEADING if name == "Subject" else Role.HEADER
            reading.add(f"{name}: {value}", _HEADER, role)
    reading.fact("title", str(message.get("Subject") or ""), _HEADER)
    reading.fact("author", str(message.get("From") or ""), _HEADER)
    sent = str(message.get("Date") or "")
    with suppress(ValueError, TypeError):  # no date, or one that cannot be read
        reading.fact("dated", parsedate_to_datetime(sent).date().isoformat(), _HEADER, sent, "Date")
    body = message.get_body(preferencelist=("plain", "html"))
    if body is not None:
        with reading.at(_BODY):
            text = _content(body)
            read = read_html if _is_html(body) and text.strip() else read_plain_text
            read(text, reading)
    for number, part in enumerate(message.iter_attachments(), start=1):
        _read_file(part, number, reading)


def _is_html(part: MIMEPart[Any, Any]) -> bool:
    return part.get_content_type() == "text/html"


def _read_file(part: MIMEPart[Any, Any], number: int, reading: Reading) -> None:
    name = part.get_filename() or f"part {number}"
    if part.get_content_type() == "message/rfc822":
        inner = part.get_content()
        subject = str(inner.get("Subject") or "") or name
        read_member(f"{subject}.eml", inner.as_bytes(), reading)
    else:
        read_member(name, _content(part), reading)


def _content(part: MIMEPart[Any, Any]) -> bytes:
    """Return the decoded content of a part; text as UTF-8."""
    payload = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    charset = part.get_content_charset()
    if part.get_content_maintype() == "text" and charset:
        try:
            return data.decode(charset).encode()
        except (LookupError, UnicodeError):
            return data
    return data
