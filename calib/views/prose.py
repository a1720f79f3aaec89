"""Blocks -> escaped HTML, for the notebook and the HTML report.

Every text passes `escape` or `_attribute`; nothing a partner typed reaches the page as markup. The
output is written the way an HTML parser would write it back, so that nbconvert's HTML exporter,
which parses the page again, gives the same bytes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import Any
from urllib.parse import quote

from calib.views import palette
from calib.views.blocks import Run, Section
from calib.views.svg import to_svg

Data = dict[str, Any]


def section_html(section: Section | Data, *, interactive: bool = True) -> str:
    """Render one section; with `interactive`, charts carry their data for plotly.js."""
    data = section.data() if isinstance(section, Section) else section
    kicker = f'<p class="kicker">{escape(data["kicker"])}</p>' if data["kicker"] else ""
    tag = "h1" if data["id"] == "cover" else "h2"
    ident = _attribute(data["id"])
    heading = f'<{tag} id="{ident}-title">{escape(data["title"])}</{tag}>'
    brand = data["meta"].get("brand", {})
    logo = (
        f'<img class="logo" alt="{_attribute(brand["name"])}" src="{_attribute(brand["logo"])}"/>'
        if brand.get("logo")
        else ""
    )
    blocks = [_raised(b) for b in data["blocks"]] if tag == "h1" else data["blocks"]
    body = "".join(_block(b, interactive) for b in blocks)
    return _canonical(
        f'<section class="calib" id="{ident}" aria-labelledby="{ident}-title">'
        f"{logo}{kicker}{heading}{body}</section>"
    )


def _raised(block: Data) -> Data:
    """Lift a heading right below the title of the whole report, so that no level is left out."""
    return {**block, "level": 2} if block["kind"] == "heading" else block


_TAG = re.compile(r'<([a-zA-Z][a-zA-Z0-9]*)((?:\s+[^\s"=<>/]+="[^"]*")+)\s*(/?)>')
_BLANK = re.compile(r">([ \t\n\r\f\v]+)<")
_VOID = frozenset(("br", "img", "col"))
_ATTRIBUTE = re.compile(r'([^\s"=<>/]+)=("[^"]*")')


def _canonical(html: str) -> str:
    """Write tags as a parser writes them back: names in lower case, attributes in order."""

    def tag(match: re.Match[str]) -> str:
        pairs = sorted((name.lower(), value) for name, value in _ATTRIBUTE.findall(match[2]))
        inner = "".join(f" {name}={value}" for name, value in pairs)
        close = f"></{match[1]}>" if match[3] and match[1] not in _VOID else f"{match[3]}>"
        return f"<{match[1]}{inner}{close}"

    html = _TAG.sub(tag, html)
    return _BLANK.sub(lambda m: ">\n<" if "\n" in m[1] else "> <", html)


def escape(text: object) -> str:
    """Escape text; a parser keeps quotes in text as they are."""
    return visible(str(text)).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _attribute(text: object) -> str:
    """Escape an attribute's value; quotes are typographic, so that no form of quoting differs."""
    return escape(text).replace('"', "”").replace("'", "’")


def visible(text: str) -> str:
    """Show control characters and bidirectional overrides as their code points."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(f"[U+{ord(c):04X}]" if hidden(c) else c for c in text.replace("\r\n", "\n"))


def hidden(char: str) -> bool:
    """Whether a character is a control character or overrides the direction of others."""
    code = ord(char)
    return (
        (code < 32 and char not in "\n\t")
        or 0x7F <= code <= 0x9F
        or 0x202A <= code <= 0x202E
        or 0x2066 <= code <= 0x2069
        or 0xD800 <= code <= 0xDFFF
        or code in (0xFFFE, 0xFFFF)
    )


def _block(block: Data, interactive: bool) -> str:
    if block["kind"] == "figure":
        return _figure(block, interactive)
    if block["kind"] == "callout":
        inner = "".join(_block(b, interactive) for b in block["blocks"])
        title = f'<p class="callout-title">{escape(block["title"])}</p>'
        return f'<div class="callout {block["tone"]}">{title}{inner}</div>'
    return _RENDERERS[block["kind"]](block)


def _runs(runs: list[Data] | tuple[Data, ...]) -> str:
    return "".join(_run(r) for r in runs)


def _run(run: Data) -> str:
    body = escape(run["text"]).replace("\n", "<br/>")
    if not body:
        return ""
    style = run["style"]
    if style in ("strong", "em", "code"):
        body = f"<{style}>{body}</{style}>"
    elif style.startswith("badge-"):
        body = f'<span class="badge {style[6:]}">{body}</span>'
    elif style.startswith("level-"):
        body = f'<span class="level l{style[6:]}">{body}</span>'
    elif style:
        body = f'<span class="{style}">{body}</span>'
    href = target(run["href"])
    if href:
        body = f'<a href="{_attribute(href)}">{body}</a>'
    return body


_ADDRESS = re.compile(r"https://[\w.-]+(:\d+)?([/?#]\S*)?")
_KEPT = "!#$%&()*+,-./:;=?@[]_~"
"""What an address keeps as typed; quotes and what is not ASCII become percent codes."""


def target(href: str) -> str:
    """Return where a link leads: into the report, to a whole https address, or nowhere ("").

    An address with a user's name before the host is shown, but leads nowhere.
    """
    if href.startswith("#"):
        return href
    return quote(href, safe=_KEPT) if _ADDRESS.fullmatch(href) else ""


def _paragraph(block: Data) -> str:
    style = f' class="{block["style"]}"' if block["style"] else ""
    return f"<p{style}>{_runs(block['runs'])}</p>"


def _heading(block: Data) -> str:
    ident = f' id="{_attribute(block["id"])}"' if block["id"] else ""
    return f"<h{block['level']}{ident}>{escape(block['text'])}</h{block['level']}>"


def _bullets(block: Data) -> str:
    return "<ul>" + "".join(f"<li>{_runs(item)}</li>" for item in block["items"]) + "</ul>"


def _facts(block: Data) -> str:
    pairs = "".join(f"<dt>{escape(k)}</dt><dd>{_runs(v)}</dd>" for k, v in block["pairs"])
    return f'<dl class="facts">{pairs}</dl>'


def _cards(block: Data) -> str:
    return '<ul class="cards">' + "".join(f"<li>{_card(c)}</li>" for c in block["cards"]) + "</ul>"


def _card(card: Data) -> str:
    label = escape(card["label"])
    if card["href"]:
        label = f'<a href="{_attribute(card["href"])}">{label}</a>'
    title = f'<p class="card-title">{escape(card["title"])}</p>' if card["title"] else ""
    unit = f' <span class="unit">{escape(card["unit"])}</span>' if card["unit"] else ""
    badge = _run(card["badge"]) if card["title"] else ""
    return (
        f'<p class="card-label">{label}</p>{title}'
        f'<p class="card-value">{escape(card["value"])}{unit}</p>'
        f'<p class="card-note">{badge} {escape(card["note"])}</p>'
    )


def _table(block: Data) -> str:
    columns = block["columns"]
    heads = "".join(
        f'<th scope="col" class="{c["align"]}">{escape(c["title"])}</th>' for c in columns
    )
    rows = "".join(_row(r, columns) for r in block["rows"])
    total = sum(c["width"] for c in columns)
    widths = "".join(f'<col style="width:{c["width"] / total:.1%}"/>' for c in columns)
    wide = " wide" if len(columns) > 3 else ""
    return (
        f'<div class="scroll{wide}" tabindex="0" role="group"'
        f' aria-label="{_attribute(block["caption"])}">'
        f"<table><caption>{escape(block['caption'])}</caption><colgroup>{widths}</colgroup>"
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _row(row: Data, columns: list[Data]) -> str:
    ident = f' id="{_attribute(row["id"])}"' if row["id"] else ""
    cells = "".join(
        _cell(cell, column, first=not number)
        for number, (cell, column) in enumerate(zip(row["cells"], columns, strict=True))
    )
    html = f"<tr{ident}>{cells}</tr>"
    if row["details"]:
        inner = "".join(_block(b, False) for b in row["details"])
        html += (
            f'<tr class="details"><td colspan="{len(columns)}"><details>'
            f"<summary>{escape(row['opens'])}</summary>{inner}</details></td></tr>"
        )
    return html


def _cell(cell: list[Data], column: Data, *, first: bool) -> str:
    tag, scope = ("th", ' scope="row"') if first else ("td", "")
    return f'<{tag}{scope} class="{column["align"]}">{_runs(cell)}</{tag}>'


def _narrative(block: Data) -> str:
    html, listing = "", False
    for pieces, bullet in zip(block["paragraphs"], block["bullets"], strict=True):
        if bullet != listing:
            html += "<ul>" if bullet else "</ul>"
            listing = bullet
        tag = "li" if bullet else "p"
        html += f"<{tag}>{''.join(_piece(block['id'], p) for p in pieces)}</{tag}>"
    return f'<div class="narrative">{html}{"</ul>" if listing else ""}</div>'


def _piece(control: str, piece: Data) -> str:
    body = escape(piece["text"])
    if not piece["tone"]:
        return body
    ident = f"{_attribute(control)}-s{piece['number']}"
    return (
        f'<mark class="{piece["tone"]}" id="{ident}">{body}'
        f'<span class="note">[{piece["number"]}] {escape(piece["note"])}</span></mark>'
    )


def _as_parsed(svg: str) -> str:
    """Write the quotes of an SVG's texts plainly, and those of its attributes as single ones."""
    svg = re.sub(r">[^<]*<", lambda m: m[0].replace("&quot;", '"').replace("&#x27;", "'"), svg)
    return svg.replace("&#x27;", "'").replace("&quot;", "”")


def _figure(block: Data, interactive: bool) -> str:
    ident = _attribute(block["id"])
    svg = to_svg(
        block["figure"], width=block["width"], height=block["height"], title=block["title"],
        alt=block["alt"], uid=block["id"],
    )  # fmt: skip
    svg = visible(svg)  # an override could turn the words of a picture round
    data = ""
    if interactive:
        plain = json.dumps(block["figure"], ensure_ascii=False, sort_keys=True)
        # In a script element only `<` could end the data early.
        plain = visible(plain).replace("<", "\\u003c")
        data = f'<script type="application/json" id="{ident}-data">{plain}</script>'
    heads = "".join(f'<th scope="col">{escape(c)}</th>' for c in block["columns"])
    rows = "".join(
        "<tr>"
        + "".join(
            f'<th scope="row">{escape(c)}</th>' if not n else f"<td>{escape(c)}</td>"
            for n, c in enumerate(row)
        )
        + "</tr>"
        for row in block["rows"]
    )
    return (
        f'<figure class="chart" id="{ident}"><figcaption>{escape(block["title"])}</figcaption>'
        f'<div class="plot" data-chart="{ident}">{_as_parsed(svg)}</div>{data}'
        f"<details><summary>The numbers behind this picture</summary>"
        f'<div class="scroll" tabindex="0" role="group"'
        f' aria-label="{_attribute(block["title"])}: numbers">'
        f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div></details></figure>"
    )


_RENDERERS: dict[str, Callable[[Data], str]] = {
    "paragraph": _paragraph,
    "heading": _heading,
    "bullets": _bullets,
    "facts": _facts,
    "cards": _cards,
    "table": _table,
    "narrative": _narrative,
}


def style_sheet(accent: str = palette.ACCENT) -> str:
    """Return the style sheet's colours as custom properties, from the one palette."""
    pairs = {
        "ink": palette.INK, "muted": palette.MUTED, "line": palette.LINE, "tint": palette.TINT,
        "paper": palette.PAPER, "accent": accent,
    }  # fmt: skip
    for tone, colour in palette.TONES.items():
        pairs[tone] = colour
        pairs[f"{tone}-tint"] = palette.TINTS[tone]
    for number, (fill, ink) in enumerate(zip(palette.LEVELS, palette.ON_LEVELS, strict=True)):
        pairs[f"l{number}"] = fill
        pairs[f"on-l{number}"] = ink
    rules = "".join(f"--{name}:{value};" for name, value in pairs.items())
    return f":root{{{rules}--font:{palette.FONT};}}"


def block_html(block: Any) -> str:
    """Render one block by itself, for the forms."""
    return _canonical(_block(asdict(block), False))


def runs_html(runs: Iterable[Run]) -> str:
    """Render runs by themselves, for the forms."""
    return _canonical(_runs([asdict(r) for r in runs]))


def plain_html(text: str) -> str:
    """Render a text in its paragraphs."""
    parts = (part.strip() for part in text.split("\n\n"))
    return "".join(f"<p>{escape(part)}</p>" for part in parts if part)


def link(title: str, url: str) -> str:
    """Render a link to a page of the web; it is never followed by the program."""
    return runs_html([Run(title, "", url)])
