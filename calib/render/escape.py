"""HTML escaping for partner text, and a canonical form of tags.

The output equals what an HTML parser would serialize. nbconvert's HTML exporter parses the page
again and must return the same bytes.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from calib.text import escape_invisible


def escape(text: object) -> str:
    """Escape text for HTML; quotes stay, as a parser leaves them in text."""
    return (
        escape_invisible(str(text)).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    )


def escape_attribute(text: object) -> str:
    """Escape an attribute value; straight quotes become typographic ones.

    Parsers disagree on how to serialize a quote in an attribute, so none is left.
    """
    return escape(text).replace('"', "”").replace("'", "’")


_HTTPS_URL = re.compile(r"https://[\w.-]+(:\d+)?([/?#]\S*)?")
_URL_SAFE = "!#$%&()*+,-./:;=?@[]_~"
"""Characters of a URL that stay as typed; quotes and non-ASCII characters are percent-encoded."""


def safe_href(href: str) -> str:
    """Return a fragment or absolute https URL that is safe to link, otherwise "".

    URLs with user information before the host are not linked: they can disguise the host.
    """
    if href.startswith("#"):
        return href
    return quote(href, safe=_URL_SAFE) if _HTTPS_URL.fullmatch(href) else ""


# Tags without attributes are canonical already.
_TAG = re.compile(r'<([a-zA-Z][a-zA-Z0-9]*)((?:\s+[^\s"=<>/]+="[^"]*")+)\s*(/?)>')
_BLANK = re.compile(r">([ \t\n\r\f\v]+)<")
_VOID_ELEMENTS = frozenset(("br", "img", "col"))
_ATTRIBUTE = re.compile(r'([^\s"=<>/]+)=("[^"]*")')


def canonicalize_html(html: str) -> str:
    """Write tags as a parser serializes them: lower-case names, attributes sorted."""

    def tag(match: re.Match[str]) -> str:
        pairs = sorted((name.lower(), value) for name, value in _ATTRIBUTE.findall(match[2]))
        inner = "".join(f" {name}={value}" for name, value in pairs)
        # A parser has no self-closing tags outside the void elements: <path/> is <path></path>.
        close = f"></{match[1]}>" if match[3] and match[1] not in _VOID_ELEMENTS else f"{match[3]}>"
        return f"<{match[1]}{inner}{close}"

    html = _TAG.sub(tag, html)
    return _BLANK.sub(lambda m: ">\n<" if "\n" in m[1] else "> <", html)


def match_parser_quotes(svg: str) -> str:
    """Write the quotes of an SVG as the HTML parser of nbconvert serializes them."""
    # Texts first: the second step must find entities in attributes only.
    svg = re.sub(r">[^<]*<", lambda m: m[0].replace("&quot;", '"').replace("&#x27;", "'"), svg)
    return svg.replace("&#x27;", "'").replace("&quot;", "”")
