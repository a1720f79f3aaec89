"""Text -> safe HTML: the escaping that all partner text passes, and how tags are written.

The output is written the way an HTML parser would write it back, so that nbconvert's HTML exporter,
which parses the page again, gives the same bytes.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from calib.text import escape_invisible


def escape(text: object) -> str:
    """Escape text; a parser keeps quotes in text as they are."""
    return (
        escape_invisible(str(text)).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    )


def escape_attribute(text: object) -> str:
    """Escape an attribute's value; quotes are typographic, so that no form of quoting differs."""
    return escape(text).replace('"', "”").replace("'", "’")


_ADDRESS = re.compile(r"https://[\w.-]+(:\d+)?([/?#]\S*)?")
_KEPT = "!#$%&()*+,-./:;=?@[]_~"
"""What an address keeps as typed; quotes and what is not ASCII become percent codes."""


def safe_href(href: str) -> str:
    """Return where a link leads: into the report, to a whole https address, or nowhere ("").

    An address with a user's name before the host is shown, but leads nowhere.
    """
    if href.startswith("#"):
        return href
    return quote(href, safe=_KEPT) if _ADDRESS.fullmatch(href) else ""


_TAG = re.compile(r'<([a-zA-Z][a-zA-Z0-9]*)((?:\s+[^\s"=<>/]+="[^"]*")+)\s*(/?)>')
_BLANK = re.compile(r">([ \t\n\r\f\v]+)<")
_VOID = frozenset(("br", "img", "col"))
_ATTRIBUTE = re.compile(r'([^\s"=<>/]+)=("[^"]*")')


def canonicalize_html(html: str) -> str:
    """Write tags as a parser writes them back: names in lower case, attributes in order."""

    def tag(match: re.Match[str]) -> str:
        pairs = sorted((name.lower(), value) for name, value in _ATTRIBUTE.findall(match[2]))
        inner = "".join(f" {name}={value}" for name, value in pairs)
        close = f"></{match[1]}>" if match[3] and match[1] not in _VOID else f"{match[3]}>"
        return f"<{match[1]}{inner}{close}"

    html = _TAG.sub(tag, html)
    return _BLANK.sub(lambda m: ">\n<" if "\n" in m[1] else "> <", html)


def match_parser_quotes(svg: str) -> str:
    """Write the quotes of an SVG's texts plainly, and those of its attributes as single ones."""
    svg = re.sub(r">[^<]*<", lambda m: m[0].replace("&quot;", '"').replace("&#x27;", "'"), svg)
    return svg.replace("&#x27;", "'").replace("&quot;", "”")
