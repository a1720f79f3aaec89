"""Decode text: UTF-8, UTF-16 and the Windows code pages."""

from __future__ import annotations

import codecs

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CODE_PAGES = [f"cp125{n}" for n in range(8)]
_SAMPLE = 20_000
_WESTERN = frozenset(
    "àâäáãåæçèéêëíîïñóôöõøùúûüÿœßÀÂÄÁÃÅÆÇÈÉÊËÍÎÏÑÓÔÖÕØÙÚÛÜŸŒ"
    "\u00a0‘’‚“”„–—…•€£¥©®™«»‹›§¶°·±µ×÷½²¡†‡‰"
)


def decode_text(data: bytes) -> str:
    """Return the text of a file; bytes that are not valid in its encoding become U+FFFD."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    if b"\0" in data[:_SAMPLE]:
        # Without a byte order mark: Latin letters have their zero byte second in little-endian.
        sample = data[:_SAMPLE]
        little = sample[1::2].count(0) >= sample[::2].count(0)
        return data.decode("utf-16-le" if little else "utf-16-be", "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        # A cut last character, or a single bad byte in a long text, is still UTF-8.
        if _is_mostly_utf8(data, error.start):
            return data.decode("utf-8", "replace")
    return data.decode(_code_page(data), "replace")


def _is_mostly_utf8(data: bytes, first_error: int) -> bool:
    """Return whether far more characters beyond ASCII are valid UTF-8 than not."""
    if first_error >= len(data) - 4 and any(byte > 127 for byte in data[:first_error]):
        return True
    sample = data[:_SAMPLE].decode("utf-8", "replace")
    wrong = sample.count("\ufffd")
    return sum(char > "\x7f" for char in sample) - wrong > 3 * wrong


def _code_page(data: bytes) -> str:
    """Return the likely Windows code page of a text that is not UTF-8."""
    beyond_ascii = bytes(byte for byte in data if byte > 127)[:_SAMPLE]
    if set(beyond_ascii.decode("cp1252", "replace")) <= _WESTERN:
        # charset-normalizer prefers cp1250, in which `è` would be read as `č`.
        return "cp1252"
    from charset_normalizer import from_bytes

    best = from_bytes(data[:_SAMPLE], cp_isolation=_CODE_PAGES).best()
    return best.encoding if best else "cp1252"
