"""HTML renderer of the document model, for notebooks and the HTML report.

Each text passes `escape` or `escape_attribute`: partner text never reaches the page as markup.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict

from calib.render.document import Block, JsonObject, Run, Section
from calib.render.escape import (
    canonicalize_html,
    escape,
    escape_attribute,
    match_parser_quotes,
    safe_href,
)
from calib.render.svg import to_svg
from calib.text import escape_invisible


def render_section(section: Section | JsonObject, *, interactive: bool = True) -> str:
    """Render a section; with `interactive`, charts include their data for plotly.js."""
    data = section.data() if isinstance(section, Section) else section
    kicker = f'<p class="kicker">{escape(data["kicker"])}</p>' if data["kicker"] else ""
    tag = "h1" if data["id"] == "cover" else "h2"
    ident = escape_attribute(data["id"])
    heading = f'<{tag} id="{ident}-title">{escape(data["title"])}</{tag}>'
    logo = _logo(data["meta"].get("brand", {}))
    blocks = [_raise_heading(b) for b in data["blocks"]] if tag == "h1" else data["blocks"]
    body = "".join(_block(b, interactive) for b in blocks)
    return canonicalize_html(
        f'<section class="calib" id="{ident}" aria-labelledby="{ident}-title">'
        f"{logo}{kicker}{heading}{body}</section>"
    )


def _logo(brand: JsonObject) -> str:
    if not brand.get("logo"):
        return ""
    name, source = escape_attribute(brand["name"]), escape_attribute(brand["logo"])
    return f'<img class="logo" alt="{name}" src="{source}"/>'


def _raise_heading(block: JsonObject) -> JsonObject:
    """Raise headings of the cover to h2: below its h1, h3 would skip a level."""
    return {**block, "level": 2} if block["kind"] == "heading" else block


def _block(block: JsonObject, interactive: bool) -> str:
    if block["kind"] == "figure":
        return _figure(block, interactive)
    if block["kind"] == "callout":
        inner = "".join(_block(b, interactive) for b in block["blocks"])
        title = f'<p class="callout-title">{escape(block["title"])}</p>'
        return f'<div class="callout {block["tone"]}">{title}{inner}</div>'
    return _RENDERERS[block["kind"]](block)


def _runs(runs: list[JsonObject] | tuple[JsonObject, ...]) -> str:
    return "".join(_run(r) for r in runs)


def _run(run: JsonObject) -> str:
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
    href = safe_href(run["href"])
    if href:
        body = f'<a href="{escape_attribute(href)}">{body}</a>'
    return body


def _paragraph(block: JsonObject) -> str:
    style = f' class="{block["style"]}"' if block["style"] else ""
    return f"<p{style}>{_runs(block['runs'])}</p>"


def _heading(block: JsonObject) -> str:
    ident = f' id="{escape_attribute(block["id"])}"' if block["id"] else ""
    return f"<h{block['level']}{ident}>{escape(block['text'])}</h{block['level']}>"


def _bullets(block: JsonObject) -> str:
    return "<ul>" + "".join(f"<li>{_runs(item)}</li>" for item in block["items"]) + "</ul>"


def _facts(block: JsonObject) -> str:
    pairs = "".join(f"<dt>{escape(k)}</dt><dd>{_runs(v)}</dd>" for k, v in block["pairs"])
    return f'<dl class="facts">{pairs}</dl>'


def _cards(block: JsonObject) -> str:
    return '<ul class="cards">' + "".join(f"<li>{_card(c)}</li>" for c in block["cards"]) + "</ul>"


def _card(card: JsonObject) -> str:
    label = escape(card["label"])
    if card["href"]:
        label = f'<a href="{escape_attribute(card["href"])}">{label}</a>'
    title = f'<p class="card-title">{escape(card["title"])}</p>' if card["title"] else ""
    unit = f' <span class="unit">{escape(card["unit"])}</span>' if card["unit"] else ""
    badge = _run(card["badge"]) if card["title"] else ""
    return (
        f'<p class="card-label">{label}</p>{title}'
        f'<p class="card-value">{escape(card["value"])}{unit}</p>'
        f'<p class="card-note">{badge} {escape(card["note"])}</p>'
    )


def _table(block: JsonObject) -> str:
    columns = block["columns"]
    heads = "".join(
        f'<th scope="col" class="{c["align"]}">{escape(c["title"])}</th>' for c in columns
    )
    rows = "".join(_row(r, columns) for r in block["rows"])
    total = sum(c["width"] for c in columns)
    widths = "".join(f'<col style="width:{c["width"] / total:.1%}"/>' for c in columns)
    # Tables that do not fit a phone get a minimum width and scroll; very wide ones a smaller font.
    wide = " wide" if len(columns) > 3 else ""
    wide += " wider" if len(columns) > 7 else ""
    wide += " dense" if len(columns) > 9 else ""
    # tabindex: a scrollable area must be reachable by keyboard (WCAG 2.1.1).
    return (
        f'<div class="scroll{wide}" tabindex="0" role="group"'
        f' aria-label="{escape_attribute(block["caption"])}">'
        f"<table><caption>{escape(block['caption'])}</caption><colgroup>{widths}</colgroup>"
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _row(row: JsonObject, columns: list[JsonObject]) -> str:
    ident = f' id="{escape_attribute(row["id"])}"' if row["id"] else ""
    cells = "".join(
        _cell(cell, column, first=not number)
        for number, (cell, column) in enumerate(zip(row["cells"], columns, strict=True))
    )
    html = f"<tr{ident}>{cells}</tr>"
    if row["details"]:
        # Charts in closed details have no size, and plotly could not draw them.
        inner = "".join(_block(b, False) for b in row["details"])
        html += (
            f'<tr class="details"><td colspan="{len(columns)}"><details>'
            f"<summary>{escape(row['opens'])}</summary>{inner}</details></td></tr>"
        )
    return html


def _cell(cell: list[JsonObject], column: JsonObject, *, first: bool) -> str:
    tag, scope = ("th", ' scope="row"') if first else ("td", "")
    return f'<{tag}{scope} class="{column["align"]}">{_runs(cell)}</{tag}>'


def _narrative(block: JsonObject) -> str:
    html, listing = "", False  # listing: whether a <ul> is open
    for segments, bullet in zip(block["paragraphs"], block["bullets"], strict=True):
        if bullet != listing:
            html += "<ul>" if bullet else "</ul>"
            listing = bullet
        tag = "li" if bullet else "p"
        html += f"<{tag}>{''.join(_segment(block['id'], s) for s in segments)}</{tag}>"
    return f'<div class="narrative">{html}{"</ul>" if listing else ""}</div>'


def _segment(control: str, segment: JsonObject) -> str:
    body = escape(segment["text"])
    if not segment["tone"]:
        return body
    ident = f"{escape_attribute(control)}-s{segment['number']}"
    return (
        f'<mark class="{segment["tone"]}" id="{ident}">{body}'
        f'<span class="note">[{segment["number"]}] {escape(segment["note"])}</span></mark>'
    )


def _figure(block: JsonObject, interactive: bool) -> str:
    ident = escape_attribute(block["id"])
    svg = to_svg(
        block["figure"],
        width=block["width"],
        height=block["height"],
        title=block["title"],
        alt=block["alt"],
        uid=block["id"],
    )
    svg = escape_invisible(svg)  # a bidi override could reverse the text of a chart
    data = ""
    if interactive:
        plain = json.dumps(block["figure"], ensure_ascii=False, sort_keys=True)
        # Inside a script element, only `<` can end the data early.
        plain = escape_invisible(plain).replace("<", "\\u003c")
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
        f'<div class="plot" data-chart="{ident}">{match_parser_quotes(svg)}</div>{data}'
        f"<details><summary>Chart data</summary>"
        f'<div class="scroll" tabindex="0" role="group"'
        f' aria-label="{escape_attribute(block["title"])}: data">'
        f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div></details></figure>"
    )


def _signatures(block: JsonObject) -> str:
    """Render lines for name, place and date, and signature."""
    people = "".join(
        f'<li><p class="role">{escape(role)}</p><p class="line">{escape(name)}</p><p>Name</p>'
        '<p class="line"></p><p>Place and date</p><p class="line"></p><p>Signature</p></li>'
        for role, name in block["people"]
    )
    return f'<ul class="signatures">{people}</ul>'


_RENDERERS: dict[str, Callable[[JsonObject], str]] = {
    "paragraph": _paragraph,
    "heading": _heading,
    "bullets": _bullets,
    "facts": _facts,
    "cards": _cards,
    "table": _table,
    "narrative": _narrative,
    "signatures": _signatures,
}


def render_block(block: Block) -> str:
    """Render a single block, for the forms."""
    return canonicalize_html(_block(asdict(block), False))


def render_runs(runs: Iterable[Run]) -> str:
    """Render runs, for the forms."""
    return canonicalize_html(_runs([asdict(r) for r in runs]))


def render_text(text: str) -> str:
    """Render plain text as paragraphs."""
    parts = (part.strip() for part in text.split("\n\n"))
    return "".join(f"<p>{escape(part)}</p>" for part in parts if part)


def render_link(title: str, url: str) -> str:
    """Render a link to a web page; the program never requests it."""
    return render_runs([Run(title, "", url)])
